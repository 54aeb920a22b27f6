"""Two clones of one bare remote."""

from pathlib import Path

import pytest
from project import FILES, Project
from sync_project import PHASE


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
