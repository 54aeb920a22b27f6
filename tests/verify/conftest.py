"""The run that is verified, made once; each test tampers with a copy of it."""

from __future__ import annotations

import itertools

import pytest
from project import environment_in
from verify_project import Plumbing, copy_of, make_run


@pytest.fixture(scope="session")
def run_made(tmp_path_factory):
    """The untouched project; not to be changed."""
    folder = tmp_path_factory.mktemp("verified")
    return make_run(folder / "project", environment_in(folder))


_NUMBERS = itertools.count()


@pytest.fixture
def tampered(run_made, tmp_path):
    """Plumbing on a copy of the project."""
    return Plumbing(copy_of(run_made, tmp_path / f"copy-{next(_NUMBERS)}"))
