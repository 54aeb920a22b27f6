"""Two clones of one bare remote."""

from pathlib import Path

import pytest
from project import FILES, Project, create

PHASE = """
id = "work"
goal = "Add a module"
deliverables = ["src/textkit/new.py"]
scope = ["src/", "tests/"]
max_attempts = 1
"""


@pytest.fixture
def remote(tmp_path: Path, empty_project: Project) -> Path:
    """A bare repository with a small project on main, the remote of `project`."""
    path = tmp_path / "remote.git"
    empty_project.git("init", "-q", "--bare", "-b", "main", str(path))
    return path


@pytest.fixture
def here(remote: Path, empty_project: Project) -> Project:
    """A clone with a plan of one phase, pushed."""
    empty_project.plan(PHASE)
    empty_project.commit(FILES, "begin")
    empty_project.git("remote", "add", "origin", str(remote))
    empty_project.git("push", "-q", "origin", "main")
    return empty_project


@pytest.fixture
def there(tmp_path: Path, remote: Path, here: Project) -> Project:
    """Another clone of the same remote."""
    root = tmp_path / "there"
    here.git("clone", "-q", str(remote), str(root))
    return Project(root, here.environment)


def work(project: Project, value: int = 1):
    """Complete the phase `work` with a recorded reply."""
    project.reply("work", 1, create("src/textkit/new.py", f"value = {value}\n"))
    done = project.phase("work")
    assert done.code == 0, (done.stdout, done.stderr)
    return done.json


def refs(project: Project) -> dict[str, str]:
    """Every ref sync exchanges, with its object."""
    shown = project.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return {
        ref: oid
        for ref, oid in (line.split() for line in shown)
        if ref.startswith(("refs/heads/harness/", "refs/harness/", "refs/notes/harness/"))
        and not ref.startswith("refs/harness/remotes/")
    }
