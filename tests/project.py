"""Real repositories and the real command line, and the small project the tests begin with."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from command_server import CommandServer, can_fork
from python_environments import plain_bytecode, plain_python

GIT = ("git", "-c", "user.name=Tess Ter", "-c", "user.email=tess@example.com", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.stdout)


@functools.cache
def _server() -> CommandServer:
    return CommandServer()


def run_command(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], stdin: bytes = b""
) -> tuple[int, bytes, bytes]:
    """(exit code, standard output, standard error) of `harness ARGUMENTS`, in a process of its own."""
    if can_fork(arguments, environment):
        return _server().run(arguments, cwd, environment, stdin, timeout=300)
    command = [sys.executable, "-m", "harness", *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, input=stdin, timeout=300)
    return done.returncode, done.stdout, done.stderr


def environment_in(folder: Path) -> dict[str, str]:
    """A clean environment: no git variables, an empty home, the harness's state in `folder`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "HARNESS_", "PYTEST_", "XDG_"))}
    home, state = folder / "home", folder / "state"
    home.mkdir(exist_ok=True)
    state.mkdir(exist_ok=True)
    if not (state / "bytecode").exists():
        (state / "bytecode").symlink_to(plain_bytecode())
    return {
        **kept,
        "HOME": str(home),
        "HARNESS_STATE_HOME": str(state),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "NO_COLOR": "1",
    }


class Project:
    """A repository in a temporary folder, with the real commands run in it."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.environment = dict(environment)

    def git(self, *arguments: str, check: bool = True, stdin: str | None = None) -> str:
        done = subprocess.run(
            [*GIT, *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            input=stdin,
            errors="surrogateescape",
        )
        if check and done.returncode:
            raise AssertionError(f"git {arguments}: {done.stderr}")
        return done.stdout

    def harness(
        self, *arguments: str, stdin: bytes | None = None, cwd: Path | None = None, **env: str
    ) -> Result:
        code, stdout, stderr = run_command(
            arguments, cwd or self.root, {**self.environment, **env}, stdin if stdin is not None else b""
        )
        return Result(code, stdout.decode("utf-8", "replace"), stderr.decode("utf-8", "replace"))

    def write(self, path: str, content: str | bytes, mode: int | None = None) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        if mode is not None:
            target.chmod(mode)
        return target

    def commit(self, files: Mapping[str, str | bytes] | None = None, message: str = "change") -> str:
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def rev(self, revision: str) -> str:
        return self.git("rev-parse", "--verify", "--quiet", revision, check=False).strip()

    def phase(self, phase: str, *arguments: str, **env: str) -> Result:
        """`harness run-phase PHASE --json`."""
        return self.harness("run-phase", phase, "--json", *arguments, **env)

    def check(self, reply: str | bytes, *arguments: str) -> Result:
        """`harness check - --json` on a reply."""
        data = reply.encode() if isinstance(reply, str) else reply
        return self.harness("check", "-", "--json", *arguments, stdin=data)

    def plan(self, *phases: str, head: str = "") -> None:
        """Write plan.toml with run `demo` and these phase tables."""
        body = "".join(f"\n[[phase]]\n{phase}\n" for phase in phases)
        self.write("plan.toml", f'[run]\nid = "demo"\n{head}\n{body}')

    def reply(self, phase: str, attempt: int, *operations: Mapping[str, Any] | str) -> None:
        """Record a reply: operations as NDJSON, or one text as it stands."""
        lines = [o if isinstance(o, str) else json.dumps(o) + "\n" for o in operations]
        self.write(f"replies/{phase}-{attempt}.txt", "".join(lines))


CONFIG = f"""\
[policy]
protected = ["pyproject.toml", ".github/"]

[tests]
paths = ["tests"]
timeout = 60
python = "{plain_python()}"

[agents.recorded]
kind = "recorded"
reply = "replies/{{phase}}-{{attempt}}.txt"
"""

FILES = {
    "src/textkit/__init__.py": '"""Text helpers."""\n',
    "tests/test_base.py": "import textkit\n\n\ndef test_there():\n    assert textkit.__doc__\n",
    "pyproject.toml": '[project]\nname = "textkit"\nversion = "0"\n',
    "harness.toml": CONFIG,
    ".gitignore": "__pycache__/\n*.log\n.env\n",
}


def create(path: str, content: str) -> dict[str, str]:
    return {"type": "create", "file_path": path, "content": content}


def names(violations: Sequence[Mapping[str, Any]]) -> set[str]:
    return {violation["code"] for violation in violations}


def warnings_of(attempt: Mapping[str, Any]) -> list[str]:
    """The warnings of an attempt, but for the one that says there is no bubblewrap on this machine."""
    return [warning for warning in attempt["warnings"] if not warning.endswith("[uncontained]")]
