"""A repository in a temporary folder, for every test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from project import FILES, Project


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A clean environment: no git variables, an empty home, the harness's state in the test's folder."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "HARNESS_", "PYTEST_", "XDG_"))}
    home = tmp_path / "home"
    home.mkdir()
    return {
        **kept,
        "HOME": str(home),
        "HARNESS_STATE_HOME": str(tmp_path / "state"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "NO_COLOR": "1",
    }


@pytest.fixture
def empty_project(tmp_path: Path, environment: dict[str, str]) -> Project:
    """A repository without a commit."""
    root = tmp_path / "project"
    root.mkdir()
    project = Project(root, environment)
    project.git("init", "-q", "-b", "main")
    return project


@pytest.fixture
def project(empty_project: Project) -> Project:
    """A small Python project with a harness.toml, committed."""
    empty_project.commit(FILES, "begin")
    return empty_project
