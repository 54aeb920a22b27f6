"""A checkout that takes long is told while it goes on, a quick one isn't."""

import shutil

import pytest
from project import create

from harness import slow_step
from harness.git.private import PrivateRepository
from harness.git.repository import discover


@pytest.mark.parametrize(
    ("quiet", "told"), [(0.0, ["still checking out files into a worktree (agent)"]), (60, [])]
)
def test_a_checkout_that_takes_longer_than_people_wait_is_told(project, tmp_path, monkeypatch, quiet, told):
    monkeypatch.setattr(slow_step, "QUIET", quiet)
    said = []
    private = PrivateRepository(tmp_path / "private", discover(project.root), tell=said.append)
    private.add_worktree("agent", project.rev("HEAD"), "{}")
    assert said == told


@pytest.mark.slow
def test_a_phase_says_so(project, tmp_path):
    """git waits a while before it checks anything out, as it does on a slow disk."""
    slow = project.write(
        "../bin/git",
        f"""#!/bin/sh
case "$*" in *"worktree add"*) sleep 4;; esac
exec {shutil.which("git")} "$@"
""",
        0o755,
    )
    project.plan('id = "one"\ngoal = "Add"\ndeliverables = ["src/textkit/one.py"]')
    project.reply("one", 1, create("src/textkit/one.py", "A = 1\n"))
    project.commit(message="plan")
    result = project.phase("one", PATH=f"{slow.parent}:{project.environment['PATH']}")
    assert result.code == 0, result.stderr
    assert "still checking out files into a worktree (candidate)" in result.stderr.splitlines()
    assert result.json["outcome"] == "complete"
