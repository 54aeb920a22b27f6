"""What must never be called complete: the cases of an earlier finalizer that let them pass."""

import json

import pytest
from evidence_project import BROKEN, FILES, HONEST, create, delete, make_project, put, work

PHASES = {
    "work": work(),
    "required": work("required", more='required_tests = ["tests/test_slug.py::test_slug"]'),
    "none": work("none", more='tests = "none"'),
    "allowed": work("allowed", allow=["tests/test_slug.py"]),
    "misspelt": work("misspelt", more='tests = ["tests/test_slug.py", "tests/test_slgu.py::test_it"]'),
    "absent": work("absent").replace('["src/textkit/slug.py"]', '["src/textkit/other.py"]'),
}
PLAN = '[run]\nid = "demo"\n\n' + "".join(f"[[phase]]\n{table}\n" for table in PHASES.values())
FAILING = "".join(f"def test_{n}():\n    assert False\n\n" for n in range(10))
HANGS = "import time\n\n\ndef test_hangs():\n    time.sleep(600)\n"


@pytest.fixture(scope="session")
def cases(tmp_path_factory):
    files = {**FILES, "plan.toml": PLAN}
    files["harness.toml"] = files["harness.toml"].replace("timeout = 60", "timeout = 8")
    return make_project(tmp_path_factory.mktemp("cases"), files)


# name -> (phase, operations, exit code, codes among the violations, part of a message)
CASES = {
    "a module that can't be imported": (
        "work",
        [HONEST, create("tests/test_new.py", "import not_there\n")],
        (1, {"tests-broken", "collection-error"}, "1 test module couldn't be collected"),
    ),
    "a timeout, with a baseline": (
        "work",
        [HONEST, create("tests/test_new.py", HANGS)],
        (1, {"tests-unknown"}, "didn't end within 8 seconds"),
    ),
    "a crash": (
        "work",
        [HONEST, create("tests/test_new.py", "import os\n\n\ndef test_new():\n    os.abort()\n")],
        (1, {"tests-unknown"}, "killed by SIGABRT"),
    ),
    "a required test that fails": (
        "required",
        [BROKEN],
        (1, {"test-failed", "required-test"}, "tests/test_slug.py::test_slug: is required"),
    ),
    "no tests at all": ("work", [HONEST, delete("tests/test_slug.py")], (1, {"no-tests"}, "")),
    "tests that are all skipped": (
        "allowed",
        [HONEST, put("tests/test_slug.py", "import pytest\n\n\n@pytest.mark.skip\ndef test_new(): pass\n")],
        (1, {"no-tests"}, "of 1 test none was run, all are skipped"),
    ),
    "an empty deliverable": (
        "absent",
        [create("src/textkit/other.py", "")],
        (1, {"deliverable-empty"}, "src/textkit/other.py"),
    ),
    "a folder for a deliverable": (
        "absent",
        [create("src/textkit/other.py/x.txt", "x\n")],
        (1, {"deliverable-missing"}, "src/textkit/other.py"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_not_complete(cases, attempt, name):
    phase, operations, (code, codes, message) = CASES[name]
    ended, made = attempt(cases, *operations, phase=phase)
    told = {v["code"] for v in made["violations"]}
    assert (ended, made["outcome"]) == (code, "failed")
    assert codes <= told, made["violations"]
    assert any(message in f"{v['path']} {v['message']}" for v in made["violations"])


def test_a_path_that_is_to_be_tested_and_is_not_there_is_told(cases, attempt):
    code, made = attempt(cases, HONEST, phase="misspelt")
    assert (code, made["outcome"]) == (0, "complete")
    [told] = [w for w in made["warnings"] if "tests-not-collected" in w]
    assert "tests/test_slgu.py::test_it is to be run, and isn't there" in told


@pytest.mark.slow
def test_no_tests_are_a_choice_that_is_recorded(cases, attempt):
    code, made = attempt(cases, HONEST, phase="none")
    assert (code, made["outcome"], made["tests"]["status"]) == (0, "complete", "none")


def test_a_deliverable_outside_is_no_plan(cases, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.replace("src/textkit/other.py", "../../../../etc/passwd"))
    result = cases.phase("absent", "--dry-run", "--plan", str(plan))
    assert (result.code, result.json["schema"]) == (2, "harness.error/1")


@pytest.mark.slow
def test_ten_failures_are_critical(cases, attempt):
    code, made = attempt(cases, HONEST, create("tests/test_new.py", FAILING))
    assert (code, {v["code"] for v in made["violations"]}) == (1, {"test-failed"})
    assert (made["tests"]["severity"], len(made["tests"]["delta"]["newly_failing"])) == ("critical", 10)


@pytest.mark.slow
def test_what_failed_before_may_fail_and_what_nobody_knows_may_not(tmp_path, attempt):
    """With a red base its own failures are allowed; where the base can't be collected none is."""
    red = "def test_red():\n    assert False\n"
    project = make_project(tmp_path / "made", {**FILES, "tests/test_red.py": red})
    code, made = attempt(project, HONEST)
    assert (code, made["tests"]["delta"]["still_failing"]) == (0, ["tests/test_red.py::test_red"])
    project.commit({"tests/test_lost.py": "import not_there\n"})
    code, made = attempt(project, HONEST, delete("tests/test_lost.py"))
    assert (code, made["tests"]["delta"]["newly_failing"]) == (1, ["tests/test_red.py::test_red"])
    assert any("every test has to pass" in warning for warning in made["warnings"])


@pytest.mark.slow
def test_a_base_that_ends_in_no_result_lets_no_test_go(tmp_path, attempt):
    """The base's tests take too long; a candidate that is quick because a test is gone isn't complete."""
    slow = "import time\n\n\ndef test_slow():\n    time.sleep(60)\n\n\ndef test_quick():\n    pass\n"
    files = {**FILES, "tests/test_two.py": slow}
    files["harness.toml"] = files["harness.toml"].replace("timeout = 60", "timeout = 3")
    project = make_project(tmp_path / "made", files)
    code, made = attempt(project, HONEST, put("tests/test_two.py", "def test_quick():\n    pass\n"))
    assert (code, made["outcome"]) == (1, "failed")
    [violation] = made["violations"]
    assert violation["code"] == "tests-unknown"
    assert "tests/test_two.py::test_slow" in violation["message"]
    allowed = work(allow=["tests/test_two.py"])
    project.commit({"plan.toml": f'[run]\nid = "other"\n\n[[phase]]\n{allowed}'}, "allow")
    code, made = attempt(project, HONEST, delete("tests/test_two.py"))
    assert (code, made["outcome"]) == (0, "complete"), made["violations"]
    assert any("no baseline" in warning for warning in made["warnings"])


@pytest.mark.slow
def test_an_approval_lets_no_failure_pass(tmp_path):
    """The blocked candidate is approved; then the base gets a test that the candidate fails."""
    project = make_project(tmp_path / "made", {**FILES, "tests/test_old.py": "def test_old(): pass\n"})
    project.reply("work", 1, HONEST, delete("tests/test_old.py"))
    assert project.phase("work").json["outcome"] == "blocked"
    project.reply("work", 2, BROKEN, delete("tests/test_old.py"))
    approved = project.harness("approve", "work", "--reason", "not needed", "--json")
    assert approved.code == 0, approved.stderr
    result = project.phase("work", "--again")
    made = result.json["attempts"][-1]
    assert json.loads(project.harness("status", "--json").stdout)
    assert (result.code, made["outcome"]) == (1, "failed")
    assert "test-failed" in {v["code"] for v in made["violations"]}
