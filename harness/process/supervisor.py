"""The program between the harness and a child: it starts the child, watches it, and outlives it.

Run as `python -I -S supervisor.py` in a session of its own; standard library only. Standard input
brings one JSON line saying what to run and is then held open: when it closes, the harness is gone
or wants an end, and everything is killed. Standard output gets what `supervise` says, a JSON line
each.

On Linux it is a child subreaper: whatever the program starts, double-forked or `setsid`, becomes a
child of this process when its own parent ends, so no children left means that nothing is left.
macOS has no such thing: there only the program's process group is found, counted as one, killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import sys
from typing import Any

if __name__ == "__main__":
    # -I keeps this package off the path; at the path's end it can't shadow anything.
    sys.path.append(__file__.rsplit("/", 3)[0])

from harness.process.supervision import supervise

_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Read the request from standard input and carry it out."""
    text = b""
    while not text.endswith(b"\n"):
        part = os.read(0, 1 << 20)
        if not part:
            return
        text += part
    supervise(json.loads(text), _adopt_orphans(), 0, _say)


def _adopt_orphans() -> ctypes.CDLL | None:
    """Become a child subreaper, prctl(2); the C library if that worked, None where it can't."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        libc = ctypes.CDLL(None)
    except OSError:
        return None
    return libc if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 else None


def _say(document: dict[str, Any]) -> None:
    # That the harness is gone is no reason to stop clearing up.
    with contextlib.suppress(BrokenPipeError):
        os.write(1, json.dumps(document).encode() + b"\n")


if __name__ == "__main__":
    main()
