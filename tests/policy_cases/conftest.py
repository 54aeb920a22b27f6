"""Repositories of the policy cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy_cases_project import WarmProject, new_project


@pytest.fixture
def warm(tmp_path: Path) -> WarmProject:
    """A repository without a commit, for one test."""
    return new_project(tmp_path)


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> WarmProject:
    """A repository for checks, which leave nothing in it."""
    return new_project(tmp_path_factory.mktemp("standing"))
