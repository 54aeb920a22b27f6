"""A user with everything to lose, and a bubblewrap that works."""

import os
import subprocess
from pathlib import Path

import pytest
from project import Project

from harness.containment.choice import empty_trial, find_bubblewrap, try_out
from harness.containment.confinement import Confinement, Surroundings


@pytest.fixture(scope="session")
def bubblewrap(tmp_path_factory) -> str:
    """The path of a bwrap that works here."""
    found, why = find_bubblewrap(os.environ)
    if found:
        around = Surroundings(None, tmp_path_factory.mktemp("state"))
        why = try_out(Confinement("tests", found, around), empty_trial(), os.environ)
    if why:
        pytest.skip(f"bubblewrap doesn't work here: {why}")
    return found


@pytest.fixture
def user(project: Project, tmp_path: Path) -> Project:
    """A repository with branches, a stash, a hook, staged and untracked work, and a remote."""
    home = tmp_path / "home"
    (home / ".claude").mkdir()
    (home / ".ssh").mkdir()
    (home / ".ssh/id_ed25519").write_text("a key\n")
    (home / ".gitconfig").write_text("[user]\n\tname = Tess Ter\n\temail = tess@example.com\n")
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True, env=project.environment)
    project.git("remote", "add", "origin", str(remote))
    project.git("push", "-q", "origin", "HEAD:refs/heads/main")
    project.git("branch", "feature")
    project.git("tag", "v1")
    project.write("src/textkit/__init__.py", "stashed = True\n")
    project.git("stash", "push", "-q")
    project.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n", 0o755)
    project.write("notes.txt", "untracked\n")
    project.write(".env", "SECRET=1\n")
    project.write("staged.txt", "staged\n")
    project.git("add", "staged.txt")
    return project


@pytest.fixture
def victim(tmp_path):
    """A process of the user's, outside."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    alive = process.poll() is None
    process.kill()
    process.wait()
    assert alive, "a process outside was killed"
