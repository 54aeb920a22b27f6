"""The worked cases 1-11 of the estimator, each through the command; the others say their number where they are."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from project import Project, create
from telemetry_rows import PROJECT, replay_json, row

DOCS = [f"docs/{number}.md" for number in range(5)]
PROFILES = PROJECT / "harness/telemetry/profiles"


def estimate(folder: Path, profile: str = "seed", **phase: Any) -> tuple[int, int]:
    """(tokens, budget) that a profile predicts today for a phase into an empty tree, by a row of it."""
    (folder / "harness.toml").write_text(f'[telemetry]\nprofile = "{profile}"\n')
    (folder / "run.ndjson").write_text(row(**{"deliverable_count": ..., **phase}))
    limit = ("--max-smape", "199", "--include-synthetic")
    (made,) = replay_json(folder, "run.ndjson", "--rows", *limit)["rows"]
    return made["current"]["predicted_output_tokens"], made["current"]["selected_budget"]


CONFIGURED = ["src/c/manager.py", "src/c/validators.py", "src/c/defaults.yaml", "tests/c/test_manager.py"]
INTEGRATED = ["src/a.py", "src/b.py", "src/c.py", "tests/test_a.py", "tests/test_b.py"]
IMPORT_FIX = ["src/x/import_autofix.py", "tests/x/test_import_autofix.py"]
CASES: dict[str, tuple[str, str, str, object, int, int]] = {
    "1": ("seed", "implementation", "low", IMPORT_FIX, 7020, 8424),
    "2": ("seed", "refactoring", "medium", ["src/m/state.py", "tests/m/test_state.py"], 8970, 12288),
    "3": ("seed", "configuration", "medium", CONFIGURED, 10270, 12324),
    "4": ("seed", "integration", "high", INTEGRATED, 19240, 23088),
    "4, wider": ("seed-p7", "integration", "high", INTEGRATED, 19240, 30784),
    "5": ("seed", "documentation", "low", DOCS, 5200, 8192),
    "5, no scope": ("seed-docs", "doc_synthesis", "low", DOCS, 12818, 28199),
    "5, some scope": ("seed-docs", "doc_synthesis_some_scope", "low", DOCS, 12168, 26769),
    "5, not synthesised": ("seed-docs", "documentation", "low", DOCS, 5200, 8192),
    "6, low": ("seed", "implementation", "low", [], 8192, 9830),
    "6, medium": ("seed", "implementation", "medium", [], 12288, 14745),
    "6, high": ("seed", "implementation", "high", [], 16384, 19660),
    # A confidence of 0.5 is below 0.7, where the wider budgets are 1.4 times the prediction.
    "6, confidence": ("seed-p7", "implementation", "low", [], 8192, 11468),
    "7, flat": ("seed", "implementation", "low", ["src/a.py", "tests/test_a.py"], 7020, 8424),
    "7, keys": (
        *("seed", "implementation", "low"),
        {"code": ["src/a.py"], "tests": ["tests/test_a.py"]},
        *(7020, 8424),
    ),
    "9, testing": ("seed", "testing", "low", ["tests/test_a.py"], 3770, 8192),
    "9, tests": ("seed", "tests", "low", ["tests/test_a.py"], 3770, 8192),
    "9, documentation": ("seed", "documentation", "low", DOCS, 5200, 8192),
    "9, docs": ("seed", "docs", "low", DOCS, 5200, 8192),
}


@pytest.mark.parametrize("case", CASES)
def test_cases_1_to_7_and_9(tmp_path: Path, case: str) -> None:
    profile, category, complexity, deliverables, tokens, budget = CASES[case]
    phase = {"category": category, "complexity": complexity, "deliverables": deliverables}
    assert estimate(tmp_path, profile, **phase) == (tokens, budget)


def planned(project: Project, path: str) -> int:
    """The tokens a plan's phase with this one deliverable is predicted to take."""
    project.plan(f'id = "p"\ngoal = "g"\ncomplexity = "low"\ndeliverables = ["{path}"]')
    done = project.harness("plan", "show", "--json")
    assert done.code == 0, done.stderr
    return int(done.json["phases"][0]["tokens"]["predicted"])


@pytest.mark.parametrize("path", ["src/address.py", "src/renewal.py", "src/news.py", "src/create.py"])
def test_case_8_a_file_that_exists_is_modified_whatever_its_name_has_in_it(
    project: Project, path: str
) -> None:
    assert planned(project, path) == int(1.3 * (2000 + 2000))
    project.commit({path: "x = 1\n" * 60}, "Add it")
    # 60 lines, no import, no indentation: 700 * 1.0 * 0.9 * 0.9.
    assert planned(project, path) == int(1.3 * (2000 + 567))


@pytest.mark.parametrize(
    ("tokens", "count", "complexity", "budget"),
    [(60_000, 3, "low", 64_000), (20_000, 10, "medium", 32_000), (5_000, 2, "high", 16_384)],
)
def test_case_10_budgets(tmp_path: Path, tokens: int, count: int, complexity: str, budget: int) -> None:
    seed, wider = (tomllib.loads((PROFILES / name).read_text()) for name in ("seed.toml", "seed-p7.toml"))
    seed["budget"]["margins"] = wider["budget"]["margins"]
    # A profile that predicts just these tokens, whatever the phase is.
    seed["safety"], seed["overhead"] = 1.0, {"default": tokens, "categories": {}}
    seed["weights"] = {kind: {"new": 0, "modify": 0} for kind in seed["weights"]}
    (tmp_path / "own.toml").write_text(tomli_w.dumps(seed | {"name": "own"}))
    paths = [f"src/m{number}.py" for number in range(count)]
    assert estimate(tmp_path, "own.toml", complexity=complexity, deliverables=paths) == (tokens, budget)


def test_case_11_a_cut_reply_gets_a_larger_budget_once(empty_project: Project) -> None:
    """12288 selected, a ceiling of 16384, all of it used: 20480 next; a second cut doesn't escalate again."""
    agent = '[agents.recorded]\nkind = "recorded"\nreply = "replies/{phase}-{attempt}.txt"\n'
    empty_project.commit({"harness.toml": f'tests = "none"\n{agent}', "README.md": "x\n"}, "begin")
    empty_project.plan(
        'id = "p"\ngoal = "g"\ncategory = "refactoring"\ncomplexity = "medium"\nmax_attempts = 4\n'
        'deliverables = ["src/a.py", "src/b.py"]'
    )
    usage = {"output": 16384, "max_tokens": 16384, "stop_reason": "max_tokens"}
    for number in (1, 2):
        empty_project.reply("p", number, create("src/a.py", f"A = {number}\n"))
        empty_project.write(f"replies/p-{number}.txt.usage.json", json.dumps(usage))
    empty_project.reply("p", 3, create("src/b.py", "B = 1\n"))
    first, second, third = empty_project.phase("p").json["attempts"]
    assert (first["outcome"], first["tokens"]["budget"]) == ("escalated", 12288)
    told = {name: first["escalation"][name] for name in ("reason", "base", "base_source")}
    assert told == {"reason": "truncation", "base": 16384, "base_source": "actual_max_tokens"}
    assert second["tokens"]["budget"] == 20480
    assert (second["outcome"] == "escalated", second["escalation"], third["outcome"]) == (
        False,
        None,
        "complete",
    )
