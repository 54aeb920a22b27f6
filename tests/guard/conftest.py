"""Real repositories for the guard's tests: no user configuration, a protected list, the real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from guard_rows import OLD
from project import Project

BIN = Path(sys.executable).parent
WHO = ("AUTHOR", "COMMITTER")
CONFIG = '[policy]\nprotected = ["pyproject.toml", ".github/", "keys/**", "!keys/open.txt"]\n'


class GuardedRepository(Project):
    """A repository with a checkout, and the ways to change it that the tests need."""

    def __init__(self, path: Path, home: Path) -> None:
        identity = {f"GIT_{who}_{what}": "a@localhost" for who in WHO for what in ("NAME", "EMAIL")}
        surroundings = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
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

    def run(self, *argv: Any, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess:
        """Any program, as a user starts it, hooks and all; its output stays bytes."""
        return subprocess.run(
            argv,
            cwd=cwd or self.root,
            env=self.environment | extra,
            capture_output=True,
            timeout=300,
        )

    def git(self, *argv: Any) -> str:
        return super().git(*argv).strip()

    def guard(self, *argv: str, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess:
        return self.run(sys.executable, "-m", "harness", "guard", *argv, cwd=cwd, **extra)

    def verdict(self, *argv: str, cwd: Path | None = None, **extra: str) -> dict[str, Any]:
        """What `harness guard --json` answers, checked to agree with its exit code."""
        done = self.guard("--json", *argv, cwd=cwd, **extra)
        answer = json.loads(done.stdout)
        assert answer["schema"] == "harness.guard/1"
        expected = {"accepted": 0, "refused": 3}[answer["decision"]]
        assert done.returncode == expected, done.stderr.decode()
        assert bool(answer["violations"]) == (expected == 3)
        return answer

    def refused(self, *argv: str, **extra: Any) -> list[tuple[str, str]]:
        return [(v["code"], v["path"]) for v in self.verdict(*argv, **extra)["violations"]]

    def write(self, name: str | bytes, content: str | bytes = "content\n") -> Path:
        return super().write(os.fsdecode(name), content)

    def commit(self, message: str = "more") -> str:
        """Commit everything, past every hook."""
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def empty(tmp_path) -> GuardedRepository:
    """A repository without a commit."""
    return GuardedRepository(tmp_path / "repository", tmp_path)


@pytest.fixture
def repository(empty) -> GuardedRepository:
    """A repository whose HEAD protects some of what it holds."""
    empty.write("harness.toml", CONFIG)
    empty.write("pyproject.toml", "[project]\n")
    empty.write(".github/workflows/ci.yml", "on: push\n")
    empty.write("keys/secret.txt")
    empty.write("keys/open.txt")
    empty.write("src/app.py", "print()\n")
    empty.write("telemetry/demo.ndjson", OLD)
    empty.commit("first")
    return empty
