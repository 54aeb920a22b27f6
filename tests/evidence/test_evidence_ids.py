"""Tests whose ids have a path of the worktree in them, as parameters made from files have."""

from evidence_project import FILES, HONEST, config, create, make_project, work

from harness.checks.local_ids import local_ids

SEEN = "tests/test_data.py"
# One parameter for each file, named by its absolute path.
BY_FILE = """\
import pathlib
import pytest

HERE = pathlib.Path(__file__).parent
FILES = sorted(HERE.glob("data/*.txt"))


@pytest.mark.parametrize("path", FILES, ids=[str(path) for path in FILES])
def test_file(path):
    assert path.read_text() == "good"
"""
BASE = {
    **FILES,
    "harness.toml": config(containment="off"),
    SEEN: BY_FILE,
    "tests/data/bad.txt": "bad",
    "tests/data/good.txt": "good",
}


def test_what_failed_on_the_base_may_fail_and_nothing_is_told_to_be_gone(tmp_path, attempt):
    project = make_project(tmp_path / "made", BASE)
    code, made = attempt(project, HONEST)
    assert (code, made["violations"]) == (0, [])
    delta = made["tests"]["delta"]
    assert delta["still_failing"] == [f"{SEEN}::test_file[tests/data/bad.txt]"]
    assert (delta["added"], delta["narrowed"]) == ([], [])


def test_they_can_be_required_run_again_and_verified(tmp_path):
    seen = str(tmp_path / "seen")
    flaky = BY_FILE.replace(
        "    assert path",
        f"    known = pathlib.Path({seen!r}).exists()\n    pathlib.Path({seen!r}).touch()\n    assert known and path",
    ).replace("test_file", "test_new")
    required = f'required_tests = ["{SEEN}::test_file[tests/data/good.txt]"]'
    plan = f'[run]\nid = "demo"\n\n[[phase]]\n{work(more=required)}'
    project = make_project(tmp_path / "made", {**BASE, "tests/data/bad.txt": "good", "plan.toml": plan})
    project.reply("work", 1, HONEST, create("tests/test_flaky.py", flaky))
    result = project.phase("work")
    made = result.json["attempts"][0]
    assert (result.code, made["violations"]) == (0, [])
    assert made["tests"]["delta"]["flaky"] == ["tests/test_flaky.py::test_new[tests/data/bad.txt]"]
    verified = project.harness("verify", "demo")
    assert verified.code == 0, verified.stdout + verified.stderr


def test_ids_that_would_become_one_stay_as_they_are():
    nodes = ["a.py::t[/w/x]", "a.py::t[x]", "a.py::t[/w/y-/w]", "a.py::t[/w\\xe9/z]", "a.py::t"]
    assert local_ids(nodes, ["/w"]) == {"a.py::t[/w/y-/w]": "a.py::t[y-.]"}
    assert local_ids(nodes, ["/w\xe9"]) == {"a.py::t[/w\\xe9/z]": "a.py::t[z]"}
