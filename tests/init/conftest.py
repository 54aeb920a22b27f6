"""An empty repository with one commit, and the real command in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


class StartedRepository:
    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_STATE_HOME": str(home / "state"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@localhost",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@localhost",
        }
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "commit.gpgsign", "false")

    def run(self, *argv: Any, cwd: Path | None = None) -> subprocess.CompletedProcess:
        return subprocess.run(
            argv,
            cwd=cwd or self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def git(self, *argv: Any) -> str:
        done = self.run("git", *argv)
        assert done.returncode == 0, (argv, done.stderr)
        return done.stdout.strip()

    def harness(self, *argv: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
        return self.run(sys.executable, "-m", "harness", *argv, cwd=cwd)

    def init(self, *argv: str, cwd: Path | None = None) -> dict[str, Any]:
        done = self.harness("init", "--json", *argv, cwd=cwd)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

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
