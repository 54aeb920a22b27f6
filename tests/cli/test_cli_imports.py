"""Commands that only read load nothing of what reads replies, judges edits or runs tests."""

import json
import re

import pytest
from project import FILES, Project, create, environment_in

PHASE = 'id = "work"\ngoal = "Add"\ndeliverables = ["src/textkit/new.py"]\n'
HEAVY = {
    *("harness.edits.reply", "harness.edits.model", "harness.edits.diff_fit", "harness.patch_candidate"),
    *("harness.checks.run", "harness.phase.testing", "harness.phase.judging", "harness.phase.attempt"),
    *("numpy", "duckdb", "scipy"),
}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a phase that is complete; no command here changes it."""
    folder = tmp_path_factory.mktemp("done")
    project = Project(folder / "project", environment_in(folder))
    project.root.mkdir()
    project.git("init", "-q", "-b", "main")
    project.commit(FILES, "begin")
    project.plan(PHASE)
    project.reply("work", 1, create("src/textkit/new.py", "X = 1\n"))
    assert project.phase("work").code == 0
    return project


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("show", "work"),
        ("log",),
        ("diff", "demo"),
        ("plan", "show"),
        ("gc",),
        ("notes", "doctor"),
    ],
    ids=" ".join,
)
def test_a_command_that_reads_loads_no_more_than_it_needs(done: Project, command: tuple[str, ...]) -> None:
    result = done.harness(*command, "--json", PYTHONPROFILEIMPORTTIME="1")
    assert json.loads(result.stdout), result.stderr
    loaded = set(re.findall(r"^import time:.*\| +(\S+)$", result.stderr, re.M))
    assert "harness.cli.main" in loaded
    assert not loaded & HEAVY
