"""An empty repository with one commit, and the real command in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from project import Project

WHO = ("AUTHOR", "COMMITTER")


class StartedRepository(Project):
    """A repository with the ways to start the harness in it, and to see what that wrote."""

    def __init__(self, path: Path, home: Path) -> None:
        identity = {f"GIT_{who}_{what}": "a@localhost" for who in WHO for what in ("NAME", "EMAIL")}
        surroundings = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_STATE_HOME": str(home / "state"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        super().__init__(path, surroundings | identity)
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "commit.gpgsign", "false")

    @property
    def path(self) -> Path:
        return self.root

    def run(self, *argv: Any) -> subprocess.CompletedProcess:
        """Any program, as a user starts it, hooks and all."""
        return subprocess.run(
            argv,
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def git(self, *argv: Any) -> str:
        return super().git(*argv).strip()

    def init(self, *argv: str, cwd: Path | None = None) -> dict[str, Any]:
        done = self.harness("init", "--json", *argv, cwd=cwd)
        assert done.code == 0, done.stderr
        return done.json

    def files(self) -> dict[str, bytes]:
        """Every file of the checkout and of git's folder that isn't an object, by its path."""
        return {
            str(path.relative_to(self.path)): path.read_bytes()
            for path in self.path.rglob("*")
            if path.is_file() and ".git/objects" not in str(path)
        }


@pytest.fixture
def started(tmp_path) -> StartedRepository:
    repository = StartedRepository(tmp_path / "project", tmp_path)
    (repository.path / "README.md").write_text("A project.\n")
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "first")
    return repository
