"""The run that is verified, made once; each test tampers with a copy of it."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

import pytest
from verify_project import Plumbing, copy_of, make_run


@pytest.fixture(scope="session")
def run_made(tmp_path_factory):
    """The untouched project; not to be changed."""
    folder = tmp_path_factory.mktemp("verified")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "HARNESS_", "PYTEST_", "XDG_"))}
    (folder / "home").mkdir()
    environment = {
        **kept,
        "HOME": str(folder / "home"),
        "HARNESS_STATE_HOME": str(folder / "state"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "NO_COLOR": "1",
    }
    return make_run(folder / "project", environment)


_NUMBERS = itertools.count()


@pytest.fixture
def tampered(run_made, tmp_path):
    """Plumbing on a copy of the project."""
    return Plumbing(copy_of(run_made, tmp_path / f"copy-{next(_NUMBERS)}"))
