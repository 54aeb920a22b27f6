"""The plain hook's way in: no argument parser, and git's answer read as late as can be."""

from __future__ import annotations

import os
import sys

# After the NUL of the last record, or alone: no path is empty, so no record that was cut looks like it.
COMPLETE = b"\0complete"
_MOST_BYTES = 256 * 1024 * 1024


def main() -> None:
    """Judge what is staged and exit; standard input is git's raw difference to HEAD, a NUL and `complete`.

    Without that word git failed, and the guard asks it again itself. Anything unexpected is left to
    the command `harness guard --staged`, which says what is wrong.
    """
    from harness.guard.command import run

    try:
        status = run(["--staged"], _difference)
    except KeyboardInterrupt:
        status = 130
    except Exception:
        from harness.cli.main import main as run_command

        status = run_command(["guard", "--staged"])
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking everything down in order would take longer than the judgement.
    os._exit(status)


def _difference() -> bytes | None:
    data = sys.stdin.buffer.read(_MOST_BYTES)
    if data == COMPLETE:
        return b""
    return data.removesuffix(COMPLETE) if data.endswith(b"\0" + COMPLETE) else None
