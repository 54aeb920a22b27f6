"""Real projects, real environments and real runs of pytest for the tests of the checks."""

import os
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from python_environments import PLUGINS, PYTEST_ITSELF, make_environment

from harness.checks.interpreter import find_interpreter
from harness.checks.model import Interpreter, TestRun, TestSpec
from harness.checks.run import run_tests


@dataclass
class Project:
    """A user's checkout and a worktree of it, both plain folders, and runs of its tests."""

    folder: Path
    interpreter: Interpreter
    bytecode: Path
    runs: int = field(default=0)

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    @property
    def worktree(self) -> Path:
        return self.folder / "state" / "worktree"

    @property
    def last_files(self) -> Path:
        """The folder with all the files of the run made last."""
        return next((self.folder / "state" / f"scratch-{self.runs}").glob("pytest-*"))

    @property
    def site(self) -> Path:
        """The site folder of the checkout's own environment."""
        return next((self.checkout / ".venv" / "lib").glob("python3*/site-packages"))

    def write(self, files: dict[str, str], *, both: bool = False) -> None:
        """Write files into the worktree, and with `both` into the checkout as well."""
        for base in (self.worktree, self.checkout) if both else (self.worktree,):
            for name, text in files.items():
                path = base / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(textwrap.dedent(text), encoding="utf-8")

    def run(self, *, paths=("tests",), args=(), **more) -> TestRun:
        """Run the tests of the worktree."""
        self.runs += 1
        spec = TestSpec(
            worktree=self.worktree,
            checkout=self.checkout,
            scratch=self.folder / "state" / f"scratch-{self.runs}",
            interpreter=self.interpreter,
            paths=paths,
            args=args,
            bytecode=self.bytecode,
            **{"timeout": 120.0, "trusted": True, **more},
        )
        return run_tests(spec)


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture(scope="session")
def own_python(tmp_path_factory) -> Interpreter:
    """The interpreter of this test run, with all that is installed there."""
    return find_interpreter(tmp_path_factory.mktemp("nowhere"), sys.executable, os.environ)


@pytest.fixture(scope="session")
def usual_python(tmp_path_factory) -> Interpreter:
    """One that has the report plugins installed, and xdist."""
    folder = tmp_path_factory.mktemp("usual")
    make_environment(folder / ".venv", PYTEST_ITSELF | PLUGINS)
    return find_interpreter(folder, ".venv/bin/python", os.environ)


@pytest.fixture(scope="session")
def new_project(usual_python, bytecode) -> Callable[[Path], Project]:
    """Makes a project in an empty folder."""

    def make(folder: Path) -> Project:
        made = Project(folder, usual_python, bytecode)
        made.checkout.mkdir()
        made.worktree.mkdir(parents=True)
        return made

    return make


@pytest.fixture
def project(tmp_path, new_project) -> Project:
    return new_project(tmp_path)


@pytest.fixture
def bare_project(project, tmp_path) -> Project:
    """A project whose `.venv`, in the checkout, has pytest and nothing else."""
    make_environment(project.checkout / ".venv")
    project.interpreter = find_interpreter(project.checkout, None, {"PATH": os.environ["PATH"]})
    return project
