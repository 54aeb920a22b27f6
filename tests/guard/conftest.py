"""Real repositories for the guard's tests: no user configuration, a protected list, the real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BIN = Path(sys.executable).parent
CONFIG = '[policy]\nprotected = ["pyproject.toml", ".github/", "keys/**", "!keys/open.txt"]\n'


class GuardedRepository:
    """A repository with a checkout, and the ways to change it that the tests need."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self.environment = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
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

    def run(self, *argv: Any, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            argv,
            cwd=cwd or self.path,
            env=self.environment | extra,
            capture_output=True,
            timeout=300,
        )

    def git(self, *argv: Any) -> str:
        done = self.run("git", *argv)
        assert done.returncode == 0, (argv, done.stderr.decode())
        return os.fsdecode(done.stdout).strip()

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

    def write(self, name: str | bytes, content: str | bytes = "content\n") -> None:
        path = os.path.join(os.fsencode(self.path), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)

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
    empty.write("telemetry/demo.ndjson", '{"a": 1}\n{"a": 2}\n')
    empty.commit("first")
    return empty
