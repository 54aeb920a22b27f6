"""`harness hook`: an agent's own hook asks whether a tool may run."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys

from harness.guard.hook.answer import BLOCKED
from harness.guard.hook.protocols import AGENTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "agent",
        choices=AGENTS,
        metavar="|".join(AGENTS),
        help="whose hook it is; its JSON is read on standard input",
    )


def run(arguments: argparse.Namespace) -> int:
    """Answer the agent; every failure, an interruption too, ends in the code that blocks."""
    try:
        from harness.guard.hook.payload import MOST_BYTES
        from harness.guard.hook.run import answer

        given = answer(arguments.agent, sys.stdin.buffer.read(MOST_BYTES + 1), os.environ)
        sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        sys.stderr.write(given.stderr)
        sys.stdout.write(given.stdout)
        sys.stdout.flush()
    except BaseException:
        with contextlib.suppress(BaseException):
            sys.stderr.write("harness: nothing was judged, so it is blocked\n")
        return BLOCKED
    return given.code
