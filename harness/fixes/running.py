"""Running an allowed command in its worktree: contained, supervised, with git settings of its own."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.containment.confinement import Confinement
from harness.process.ending import how_it_ended
from harness.process.environment import clean_environment
from harness.process.log import head_and_tail
from harness.process.model import ProcessResult, ProcessSpec
from harness.process.supervise import run_supervised

_LOG_LIMIT = 256 * 1024
_FAILED = 127  # what a shell says of a program that isn't there


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: `reason` is empty where it ended well. `log` is what it printed, in part."""

    exit_code: int | None
    reason: str
    duration: float
    log: str


def run_command(
    command: str | Sequence[str],
    worktree: Path,
    scratch: Path,
    confinement: Confinement,
    timeout: float,
    aliases: Mapping[str, str],
) -> Ran:
    """Run shell text (by bash) or the arguments of one program in `worktree`."""
    scratch.mkdir(parents=True)
    stdout, stderr = scratch / "stdout.log", scratch / "stderr.log"
    argv = _argv(command)
    if not argv:
        return Ran(_FAILED, f"{_shown(command)}: there is no such program", 0.0, "")
    result = run_supervised(
        ProcessSpec(
            argv=argv,
            cwd=worktree,
            env={
                **clean_environment(os.environ),
                **_git_settings(scratch / "gitconfig", aliases),
                # Byte code is no edit.
                "PYTHONPYCACHEPREFIX": str(scratch / "pycache"),
            },
            stdout=stdout,
            stderr=stderr,
            timeout=timeout,
            containment=confinement.around((worktree.parent, scratch), scratch / "private"),
        )
    )
    return Ran(result.exit_code, _reason(command, result), result.duration, _log(command, stdout, stderr))


def _argv(command: str | Sequence[str]) -> list[str]:
    if isinstance(command, str):
        shell = shutil.which("bash")
        return [shell, "--noprofile", "--norc", "-c", command] if shell else []
    program = command[0] if "/" in command[0] else shutil.which(command[0])
    return [program, *command[1:]] if program else []


def _git_settings(file: Path, aliases: Mapping[str, str]) -> dict[str, str]:
    """No settings of the user's, but for the aliases the command was judged with."""
    lines = "".join(f"\t{name} = {_quoted(value)}\n" for name, value in aliases.items() if _is_plain(name))
    # Who commits in a worktree that is thrown away doesn't matter.
    text = f"[user]\n\tname = harness\n\temail = harness@localhost\n[alias]\n{lines}"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return {"GIT_CONFIG_GLOBAL": str(file), "GIT_CONFIG_NOSYSTEM": "1"}


def _is_plain(name: str) -> bool:
    return name.replace("-", "").isalnum() and name.isascii() and name[0].isalpha()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _reason(command: str | Sequence[str], result: ProcessResult) -> str:
    if result.ending != "exited":
        return f"{_shown(command)}: {result.reason or result.ending}"
    return f"{_shown(command)} {how_it_ended(result.exit_code)}" if result.exit_code else ""


def _shown(command: str | Sequence[str]) -> str:
    return command if isinstance(command, str) else shlex.join(command)


def _log(command: str | Sequence[str], stdout: Path, stderr: Path) -> str:
    parts = [f"$ {_shown(command)}", *(head_and_tail(path, _LOG_LIMIT) for path in (stdout, stderr))]
    return "\n".join(part for part in parts if part) + "\n"
