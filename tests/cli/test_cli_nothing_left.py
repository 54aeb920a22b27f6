"""Commands that come to nothing leave nothing behind, no lock of a run either that isn't there."""

import os

import pytest

PHASE = 'id = "one"\ngoal = "Add"\ndeliverables = ["src/textkit/one.py"]'
ADD = "plan add {} --goal Add --deliverable {}"


def left(project, tmp_path):
    """Every file and folder of git's folder and of the state, but for loose objects."""
    found = set()
    for top in (project.root / ".git", tmp_path / "state"):
        for folder, _, names in os.walk(top):
            found |= {os.path.join(folder, name) for name in ("", *names)}
    return {path for path in found if "/.git/objects/" not in path}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("drop nope", "no-such-run"),
        (ADD.format("one", "a.py") + " --plan other.toml", "no-plan"),
        (ADD.format("one", "a.py"), "invalid-plan"),
        (ADD.format("two", "harness.toml"), "plan-problems"),
        ("run-phase nope", "unknown-phase"),
        ("diff nope", "no-such-run"),
        ("status nope", "no-such-run"),
    ],
)
def test_a_refused_command_leaves_no_lock(project, tmp_path, command, code):
    project.plan(PHASE)
    assert project.harness("plan", "show").code == 0
    before = left(project, tmp_path)
    result = project.harness(*command.split())
    assert result.code == 2, result.stdout
    assert f"[{code}]" in result.stderr
    assert left(project, tmp_path) == before


def test_what_is_done_is_done_as_before(project):
    project.plan(PHASE)
    assert project.harness(*ADD.format("two", "src/textkit/two.py").split()).code == 0
    project.git("branch", "harness/demo")
    assert project.harness("drop", "demo").code == 0
    assert project.rev("harness/demo") == ""
    assert project.harness("drop", "demo").code == 2
