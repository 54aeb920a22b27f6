"""Profiles: the seed's cases, the later budgets, fitted ones as data, and files of the repository."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from calibration_samples import truth
from hypothesis import given, settings
from hypothesis import strategies as st
from project import Project, create
from telemetry_rows import row

from harness.errors import UsageError
from harness.telemetry.calibration.calibrate import calibrate
from harness.telemetry.calibration.profile_file import profile_text
from harness.telemetry.deliverable import DeliverableFacts, FileSize
from harness.telemetry.estimator import predict, select_budget, smallest
from harness.telemetry.features import VERSION
from harness.telemetry.fitted import FittedProfile
from harness.telemetry.goal import read_goal
from harness.telemetry.profile import TableProfile, load_profile, parse_profile, profile_names
from harness.telemetry.reader import read_rows
from harness.telemetry.replay import Options, replay

SEED, P7 = load_profile("seed"), load_profile("seed-p7")


def new(*paths: str) -> list[DeliverableFacts]:
    return [DeliverableFacts(path, existed=False) for path in paths]


# Cases 1-4: overhead and weights times 1.3, into an empty tree.
CASES = [
    ("implementation", "low", ("src/x/import_autofix.py", "tests/x/test_import_autofix.py"), 7020, 8424),
    ("refactoring", "medium", ("src/memory/state.py", "tests/memory/test_state.py"), 8970, 12288),
    (
        "configuration",
        "medium",
        (
            "src/config/manager.py",
            "src/config/validators.py",
            "src/config/defaults.yaml",
            "tests/config/test_m.py",
        ),
        10270,
        12324,
    ),
    (
        "integration",
        "high",
        ("src/a.py", "src/b.py", "src/c.py", "tests/test_a.py", "tests/test_b.py"),
        19240,
        23088,
    ),
    ("documentation", "low", tuple(f"docs/{n}.md" for n in range(5)), 5200, 8192),
]


@pytest.mark.parametrize(("category", "complexity", "paths", "tokens", "budget"), CASES)
def test_the_worked_cases(
    category: str, complexity: str, paths: tuple[str, ...], tokens: int, budget: int
) -> None:
    made = predict(SEED, category, complexity, new(*paths))
    assert (made.tokens, made.budget) == (tokens, budget)
    assert (made.lower, made.upper, made.level) == (None, None, None)


@pytest.mark.parametrize(("category", "complexity", "paths", "tokens", "budget"), [CASES[0], CASES[3]])
def test_a_phase_is_predicted_as_the_cases_say(
    project: Project, category: str, complexity: str, paths: tuple[str, ...], tokens: int, budget: int
) -> None:
    project.plan(
        f'id = "p"\ngoal = "g"\ncategory = "{category}"\ncomplexity = "{complexity}"\n'
        f'deliverables = {json.dumps(paths)}\nagent = "recorded"\ntests = "none"'
    )
    project.reply("p", 1, create(paths[0], "x = 1\n"))
    told = project.phase("p").json["attempts"][0]["tokens"]
    assert (told["predicted"], told["budget"]) == (tokens, budget)


def test_the_wider_budgets() -> None:
    high = predict(P7, "integration", "high", new(*CASES[3][2]))
    assert (high.tokens, high.budget) == (19240, 30784)
    assert predict(P7, "integration", "medium", new(*CASES[3][2])).budget == int(1.2 * 16640)
    # Ten files of 20,000 tokens; vague deliverables; documents written from the code.
    assert select_budget(P7, 20000, "medium", "implementation", 10) == 32000
    assert select_budget(P7, 20000, "medium", "implementation", 3, confidence=0.6) == 28000
    assert select_budget(P7, 12818, "low", "doc_synthesis", 5) == 28199
    assert select_budget(P7, 60000, "low", "implementation", 10) == 64000
    assert select_budget(P7, 5000, "high", "implementation", 1) == 16384


def test_documents_worked_out_from_the_code() -> None:
    profile = load_profile("seed-docs")
    four = predict(profile, "doc_synthesis", "low", new(*CASES[4][2][:4]))
    assert (four.tokens, four.breakdown) == (int(1.3 * (5100 + 4 * 850)), {"synthesis": 3400})
    five = predict(profile, "doc_synthesis_wide_scope", "maintenance", new(*CASES[4][2]))
    assert (five.tokens, five.breakdown) == (11518, {"synthesis": 4250, "coordination": 510})
    for category, complexity, paths, *_ in CASES:
        one, other = (predict(p, category, complexity, new(*paths)) for p in (P7, profile))
        assert (one.tokens, one.budget, one.breakdown) == (other.tokens, other.budget, other.breakdown)


@given(st.sampled_from(CASES))
def test_the_wider_budgets_keep_the_predictions(case: tuple[Any, ...]) -> None:
    category, complexity, paths, *_ = case
    one, other = (predict(profile, category, complexity, new(*paths)) for profile in (SEED, P7))
    assert one.tokens == other.tokens
    assert one.budget <= other.budget


def calibrated(**changes: Any) -> FittedProfile:
    made = calibrate(truth(60, **changes), SEED, "calibrated").profile
    assert made is not None
    return made


CALIBRATED = calibrated()
numbers = st.floats(-50, 50, allow_nan=False)
terms = st.builds(
    lambda weight, centre, bounds: {
        "weight": weight,
        "centre": centre,
        "low": min(bounds),
        "high": max(bounds),
    },
    numbers,
    numbers,
    st.tuples(numbers, numbers),
)
fitted_tables = st.fixed_dictionaries(
    {
        "intercept": numbers,
        "terms": st.dictionaries(st.sampled_from(["files", "new", "words", "gone"]), terms),
        "offsets": st.dictionaries(
            st.sampled_from(["category", "complexity"]), st.dictionaries(st.text(max_size=5), numbers)
        ),
        "spread": st.fixed_dictionaries(
            {
                "base": numbers,
                "slope": numbers,
                "centre": numbers,
                "least": st.floats(0.01, 50),
                "most": st.floats(0.01, 50),
            }
        ),
        "interval": st.fixed_dictionaries(
            {"level": st.floats(0.5, 0.99), "lower": st.floats(-100, 0), "upper": st.floats(0, 100)}
        ),
    }
)
sizes = st.none() | st.builds(FileSize, *(st.integers(0, 10**9) for _ in range(4)))
facts = st.builds(DeliverableFacts, st.text(max_size=12), st.booleans(), sizes)


def profile_of(tables: dict[str, Any]) -> FittedProfile:
    return FittedProfile.model_validate({**CALIBRATED.model_dump(), **tables})


@settings(max_examples=60, deadline=None)
@given(fitted_tables)
def test_a_profile_survives_its_file(tables: dict[str, Any]) -> None:
    profile = profile_of(tables)
    assert parse_profile(profile_text(profile)) == profile


@settings(max_examples=100, deadline=None)
@given(
    fitted_tables,
    st.text(max_size=8),
    st.text(max_size=8),
    st.lists(facts, max_size=30),
    st.none() | st.text(max_size=40),
    st.integers(0, 2**40),
)
def test_every_prediction_is_finite_ordered_and_repeatable(
    tables: dict[str, Any],
    category: str,
    complexity: str,
    deliverables: list[DeliverableFacts],
    goal: str | None,
    count: int,
) -> None:
    profile = profile_of(tables)
    read = None if goal is None else read_goal(goal)
    made = predict(profile, category, complexity, deliverables, goal=read, count=count)
    assert made == predict(profile, category, complexity, deliverables, goal=read, count=count)
    assert made.lower is not None and made.upper is not None
    assert smallest(profile) <= made.lower <= made.tokens <= made.upper <= 2**53
    assert 1 <= made.budget <= profile.budget.cap
    assert 0 <= made.confidence <= 1


@given(st.integers(1, 7), st.sampled_from(["implementation", "testing", "other"]))
def test_more_new_files_need_more(count: int, category: str) -> None:
    fewer, more = (
        predict(CALIBRATED, category, "low", new(*(f"src/m{i}.py" for i in range(n))))
        for n in (count, count + 1)
    )
    assert fewer.tokens < more.tokens


def test_nothing_is_extrapolated() -> None:
    # The samples had up to 8 files; a thousand are predicted no larger than the most there were.
    eight, thousand = (
        predict(CALIBRATED, "testing", "low", new("src/m.py"), count=count) for count in (8, 1000)
    )
    assert eight.tokens == thousand.tokens


def test_the_budget_comes_from_the_upper_bound() -> None:
    made = predict(CALIBRATED, "testing", "low", new(*(f"src/m{n}.py" for n in range(6))))
    assert made.upper is not None
    assert made.budget == max(2048, made.upper) > made.tokens
    assert made.level == 0.9


def test_predicting_loads_no_numerical_library(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(profile_text(CALIBRATED))
    code = (
        "import sys; from harness.telemetry.profile import load_profile; "
        "from harness.telemetry.estimator import predict; "
        "predict(load_profile('p.toml'), 'testing', 'low', ()); "
        "print(sorted({'numpy', 'scipy', 'pygit2'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ('formula = "log-linear"', 'formula = "forest"', "formula"),
        ("version = 1", "version = 0", "version"),
        (f"features = {VERSION}", "features = 99", "calibrate again"),
        ("floor = 50", "floor = -1", "floor"),
        ("level = 0.9", "level = 1.5", "interval.level"),
        ("level = 0.9", "level = nan", "interval.level"),
        ("[interval]", "[interval]\nspare = 1", "unknown key"),
        ("[budget.base]\ndefault = 2048", "[budget.base]\nlow = 2048", "default"),
    ],
)
def test_a_file_that_is_no_profile_is_told_by_key(tmp_path: Path, change: str, to: str, told: str) -> None:
    text = profile_text(CALIBRATED)
    assert text.count(change) == 1
    (tmp_path / "p.toml").write_text(text.replace(change, to))
    with pytest.raises(UsageError) as caught:
        load_profile("p.toml", tmp_path)
    assert caught.value.code == "invalid-profile"
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"[", "invalid-toml"), (b"\xff", "invalid-toml"), (b"", "invalid-profile"), (None, "unknown-profile")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, code: str) -> None:
    if content is not None:
        (tmp_path / "p.toml").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_profile("p.toml", tmp_path)
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["../p.toml", "/etc/p.toml", "a/../../p.toml", "a\\p.toml", "seed.json"])
def test_a_profile_is_a_file_of_the_repository(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_profile(name, tmp_path)
    assert caught.value.code == "unknown-profile"
    assert "seed" in profile_names()


def test_a_phase_is_predicted_with_the_projects_own_profile(project: Project) -> None:
    project.write("telemetry/calibrated.toml", profile_text(CALIBRATED))
    config = (project.root / "harness.toml").read_text()
    project.commit({"harness.toml": f'{config}\n[telemetry]\nprofile = "telemetry/calibrated.toml"\n'})
    project.plan(
        'id = "p"\ngoal = "Add a.py"\ndeliverables = ["src/a.py"]\nscope = ["src/"]\nagent = "recorded"\n'
        'category = "testing"\ncomplexity = "low"\ntests = "none"'
    )
    project.reply("p", 1, create("src/a.py", "x = 1\n"))
    done = project.phase("p")
    assert done.code == 0, done.stderr
    row = json.loads(project.git("show", "harness/demo:telemetry/demo.ndjson"))
    goal = read_goal("Add a.py")
    made = predict(CALIBRATED, "testing", "low", new("src/a.py"), goal=goal)
    assert (row["profile"], row["predicted_output_tokens"]) == ("calibrated", made.tokens)
    assert (row["predicted_lower_tokens"], row["predicted_upper_tokens"]) == (made.lower, made.upper)
    assert (row["predicted_level"], row["selected_budget"], row["source"]) == (0.9, made.budget, "measured")
    assert row["goal_facts"] == {"title_words": 2, "words": 2, "actions": ["add"]}
    assert project.harness("verify", "demo").code == 0


def test_a_prediction_says_nothing_infinite() -> None:
    made = predict(CALIBRATED, "x", "y", [], count=2**60)
    assert math.isfinite(made.tokens)


def seed_changed(**changes: Any) -> TableProfile:
    return TableProfile.model_validate({**load_profile("seed").model_dump(), "name": "mine", **changes})


def test_another_version_of_a_profile_may_have_predicted_less() -> None:
    profile = seed_changed(version=2)
    lines = "".join(
        row(profile="mine", profile_version=version, predicted_output_tokens=300, category=category)
        for version, category in ((1, "testing"), (2, "testing"), (1, "other"))
    )
    rows, _ = read_rows(lines.encode(), "it")
    found = replay(rows, [], profile, Options({}))
    assert (found.samples, found.excluded["synthetic"]) == (2, 1)


def test_no_profile_predicts_more_than_a_row_can_hold() -> None:
    with pytest.raises(ValueError, match="safety"):
        seed_changed(safety=1e308)
    weights = {kind: {"new": 10**9, "modify": 10**9} for kind in load_profile("seed").model_dump()["weights"]}
    profile = seed_changed(safety=1000.0, weights=weights)
    assert predict(profile, "testing", "low", new(*map(str, range(10_000)))).tokens == 2**53 - 1
