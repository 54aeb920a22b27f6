"""Making a fresh worktree runnable with the project's own command."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from harness.checks.evidence import output_log
from harness.containment.confinement import Confinement
from harness.containment.git_settings import private_git_settings
from harness.process.environment import clean_environment
from harness.process.model import ProcessSpec
from harness.process.supervise import run_supervised

_TOLD = 500  # characters of its output that are repeated in the reason


def run_setup(
    command: Sequence[str],
    worktree: Path,
    scratch: Path,
    timeout: float,
    confinement: Confinement | None = None,
) -> str:
    """Run `[tests] setup` once, in `worktree`; empty when it ended well, else why in one line.

    `scratch` is a folder outside the worktree for its output and byte code, `timeout` is seconds.
    It gets the cleaned environment of this process and is contained as `confinement` says.
    """
    folder = scratch / f"setup-{secrets.token_hex(8)}"
    folder.mkdir(parents=True)
    stdout, stderr = folder / "stdout.log", folder / "stderr.log"
    own = {"PYTHONPYCACHEPREFIX": str(folder / "pycache")}
    containment = confinement.around((worktree.parent, folder), folder / "private") if confinement else None
    if containment is None:
        own |= private_git_settings(folder / "gitconfig", os.environ)
    result = run_supervised(
        ProcessSpec(
            argv=list(command),
            cwd=worktree,
            env={**clean_environment(os.environ), **own},
            stdout=stdout,
            stderr=stderr,
            timeout=timeout,
            containment=containment,
        )
    )
    if result.ending == "exited" and result.exit_code == 0:
        return ""
    how = result.reason or f"exit code {result.exit_code}"
    said = " ".join(output_log(stdout, stderr).split())[-_TOLD:]
    cut_off = containment is not None and not containment.network
    where = ", contained and without network ([containment] test_network)" if cut_off else ""
    return f"[tests] setup ({command[0]}) failed{where}: {how}{f': … {said}' if said else ''}"
