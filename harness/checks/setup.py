"""Making a fresh worktree runnable with the project's own command."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from harness.checks.evidence import output_log
from harness.process.environment import clean_environment
from harness.process.model import ProcessSpec
from harness.process.supervise import run_supervised

_TOLD = 500  # characters of its output that are repeated in the reason


def run_setup(
    command: Sequence[str],
    worktree: Path,
    scratch: Path,
    timeout: float,
) -> str:
    """Run `[tests] setup` once, in `worktree`; empty when it ended well, else why in one line.

    `scratch` is a folder outside the worktree for its output and byte code, `timeout` is seconds.
    It gets the cleaned environment of this process.
    """
    folder = scratch / f"setup-{secrets.token_hex(8)}"
    folder.mkdir(parents=True)
    stdout, stderr = folder / "stdout.log", folder / "stderr.log"
    own = {"PYTHONPYCACHEPREFIX": str(folder / "pycache")}
    result = run_supervised(
        ProcessSpec(
            argv=list(command),
            cwd=worktree,
            env={**clean_environment(os.environ), **own},
            stdout=stdout,
            stderr=stderr,
            timeout=timeout,
        )
    )
    if result.ending == "exited" and result.exit_code == 0:
        return ""
    how = result.reason or f"exit code {result.exit_code}"
    said = " ".join(output_log(stdout, stderr).split())[-_TOLD:]
    return f"[tests] setup ({command[0]}) failed: {how}{f': … {said}' if said else ''}"
