"""`harness plan`: writing a plan without an editor, checking it, looking at it."""

import tomllib
from pathlib import Path

import pytest

import harness

ADD = ("plan", "add", "slug", "--goal", 'Add "slug"\nwith tests', "--deliverable", "src/slug.py")


@pytest.fixture
def started(project):
    assert project.harness("plan", "new", "--run", "demo").code == 0
    return project


def test_a_new_plan_can_be_added_to_and_drained_in_order(started):
    assert started.harness(*ADD, "tests/test_slug.py", "--complexity", "low", "--tier", "base").code == 0
    more = started.harness(
        "plan", "add", "words", "--goal", "g", "--deliverable", "src/slug.py", "--scope", "src/",
        "--depends-on", "slug", "--max-attempts", "2", "--no-tests", "--json",
    )  # fmt: skip
    assert more.json["phase"] == "words"
    tables = tomllib.loads((started.root / "plan.toml").read_text())["phase"]
    assert tables[0]["goal"] == 'Add "slug"\nwith tests'
    assert tables[1] == {
        "id": "words", "goal": "g", "deliverables": ["src/slug.py"], "scope": ["src/"],
        "depends_on": ["slug"], "max_attempts": 2, "tests": "none",
    }  # fmt: skip
    assert started.harness("plan", "check", "--json").json["phases"] == 2
    shown = started.harness("plan", "show", "--json").json
    assert [row["phase"] for row in shown["phases"]] == ["slug", "words"]
    assert shown["tokens"]["predicted"] == sum(row["tokens"]["predicted"] for row in shown["phases"]) > 0
    assert "slug (base)" in started.harness("plan", "show").stdout


def test_a_plan_that_is_there_is_never_overwritten(started):
    before = (started.root / "plan.toml").read_bytes()
    result = started.harness("plan", "new", "--run", "other", "--json")
    assert (result.code, result.json["code"]) == (2, "plan-exists")
    assert (started.root / "plan.toml").read_bytes() == before
    more = started.harness("plan", "new", "--plan", "more plans.toml")
    assert more.code == 0
    assert "--deliverable PATH --plan 'more plans.toml'\n" in more.stdout
    added = started.harness(*ADD, "--plan", "more plans.toml")
    assert "harness plan show --plan 'more plans.toml'\n" in added.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--deliverable", "pyproject.toml"], "plan-problems"),
        (["--deliverable", "docs/a.md", "--scope", "src/"], "plan-problems"),
        (["--deliverable", "SRC/slug.py"], "plan-problems"),
        (["--deliverable", "../x.py"], "deliverable-not-a-path"),
        (["--deliverable", "Better logs"], "deliverable-not-a-path"),
        (["--deliverable", "x.py", "--depends-on", "nobody"], "invalid-plan"),
        (["--deliverable", "x.py", "--max-attempts", "0"], "invalid-plan"),
        (["--deliverable", "x.py", "--required-test", "elsewhere/test_x.py"], "plan-problems"),
        ([], "wrong-usage"),
    ],
)
def test_a_phase_that_could_not_be_carried_out_is_not_added(started, arguments, code):
    started.harness(*ADD)
    before = (started.root / "plan.toml").read_bytes()
    result = started.harness("plan", "add", "more", "--goal", "g", "--json", *arguments)
    assert (result.code, result.json["code"]) == (2, code)
    assert (started.root / "plan.toml").read_bytes() == before
    assert "correct plan.toml" not in result.json["hint"]  # the file is as it should be


def test_a_deliverable_with_blanks_stands_in_backticks(started):
    add = ("plan", "add", "more", "--goal", "g", "--json", "--deliverable")
    refused = started.harness(*add, "My Docs/a.md")
    assert (refused.code, "backticks" in refused.json["hint"]) == (2, True)
    assert started.harness(*add, "`My Docs/a.md`").code == 0
    shown = started.harness("plan", "show", "--json").json["phases"][-1]
    assert shown["deliverables"] == ["My Docs/a.md"]


BAD = """[run]
id = "demo"
[[phase]]
id = "a"
goal = "g"
deliverables = ["src/a.py"]
tests = []
[[phase]]
id = "b"
goal = "g"
deliverables = ["src/a.py", "pyproject.toml"]
[[phase]]
id = "fine"
goal = "g"
deliverables = ["src/textkit/fine.py"]
tests = "none"
"""


def test_nothing_of_a_bad_plan_is_started_and_every_problem_has_a_line(project):
    project.write("plan.toml", BAD)
    result = project.harness("drain")
    assert (result.code, result.stdout) == (2, "")
    for code in ("tests-empty", "deliverable-owned-twice", "deliverable-protected"):
        assert sum(f"[{code}]" in line for line in result.stderr.splitlines()) == 1
    assert project.git("for-each-ref", "refs/harness", "refs/heads/harness") == ""
    assert project.harness("plan", "check").code == 2
    assert project.harness("plan", "show").stdout.count("hint: ") == 3


def test_a_phase_runs_by_itself_and_is_told_what_stands_against_it(project):
    project.write("plan.toml", BAD)
    project.reply("fine", 1, {"type": "create", "file_path": "src/textkit/fine.py", "content": "A = 1\n"})
    project.reply("b", 1, {"type": "create", "file_path": "pyproject.toml", "content": "x"})
    refused = project.phase("b")
    assert (refused.code, refused.json["outcome"]) == (3, "refused")
    assert "[deliverable-protected]" in refused.stderr
    assert project.phase("fine").json["outcome"] == "complete"


AGENT = """
[agents.small]
kind = "command"
command = ["true"]
max_output_tokens = 1000

[budget]
attempt_tokens = 3000
"""


def test_the_budget_shown_is_the_one_an_attempt_is_given(project):
    """What the agent's model can answer with, and a limit for attempts, weren't in it."""
    config = (project.root / "harness.toml").read_text()
    project.commit({"harness.toml": config + AGENT})
    phase = 'goal = "g"\ndeliverables = ["src/textkit/{0}.py"]\ntests = "none"\nid = "{0}"\n'
    project.plan(phase.format("a") + 'agent = "small"', phase.format("b"))
    shown = {row["phase"]: row["tokens"] for row in project.harness("plan", "show", "--json").json["phases"]}
    assert [shown[name]["budget"] for name in ("a", "b")] == [1000, 3000]
    assert project.phase("a", "--dry-run").json["attempts"][0]["tokens"]["budget"] == 1000


def test_a_profile_of_the_repository_is_found_from_every_folder(project):
    seed = Path(harness.__file__).parent / "telemetry/profiles/seed.toml"
    project.write("own.toml", seed.read_bytes())
    config = (project.root / "harness.toml").read_text()
    project.commit({"harness.toml": config + '\n[telemetry]\nprofile = "own.toml"\n'})
    project.plan('id = "a"\ngoal = "g"\ndeliverables = ["src/textkit/a.py"]')
    for folder in (project.root, project.root / "src"):
        assert project.harness("plan", "show", cwd=folder).code == 0
        [row] = project.harness("status", "--json", cwd=folder).json["phases"]
        assert row["tokens_predicted"] > 0
