"""A project whose commands run in forks of a process that has imported them already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from check.check_warm import WarmCommand
from project import Project, Result, environment_in

WARM = WarmCommand()
SECONDS = 60


class WarmProject(Project):
    """A project whose commands are the real one, in a fork of a process that has it loaded."""

    def warm(self, *arguments: str, stdin: bytes = b"") -> Result:
        run = WARM.run(arguments, stdin, self.root, self.environment, SECONDS)
        assert run.code in (0, 1, 2, 3, 4, 5), run.stderr
        return Result(run.code, run.stdout, run.stderr)

    def check(self, reply: str | bytes, *arguments: str) -> Result:
        data = reply.encode() if isinstance(reply, str) else reply
        return self.warm("check", "-", "--json", *arguments, stdin=data)

    def ask(self, *operations: Any, phase: str = "w") -> Result:
        """`harness check --phase` on operations."""
        reply = "".join(json.dumps(operation) + "\n" for operation in operations)
        return self.check(reply, "--phase", phase)


def clean_environment(folder: Path) -> dict[str, str]:
    return {**environment_in(folder), "TMPDIR": str(folder)}


def new_project(folder: Path) -> WarmProject:
    (folder / "project").mkdir()
    project = WarmProject(folder / "project", clean_environment(folder))
    project.git("init", "-q", "-b", "main")
    return project
