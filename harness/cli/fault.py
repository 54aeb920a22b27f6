"""A fault of the harness itself: kept in a log with what is needed to understand it."""

from __future__ import annotations

import errno
import os
import platform
import re
import sys
import time
import traceback
from pathlib import Path

from harness import __version__
from harness.errors import HarnessError

_OBJECT_ID = re.compile(r"\b[0-9a-f]{40}\b")


def describe(error: Exception) -> tuple[str, str, str]:
    """(code, message, hint) for an unexpected exception, with its traceback kept in a log file."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            "disk-full",
            f"no space left on the disk: {error}",
            "free some space and run it again",
        )
    log = _write_log(error)
    if isinstance(error, OSError) and error.filename:
        return (
            "file-problem",
            f"{error.strerror}: {os.fsdecode(error.filename)}",
            "see that the harness may read and write there" + (f"; its log is {log}" if log else ""),
        )
    where = f"its log is {log}" if log else "no log could be written"
    return (
        "harness-fault",
        f"a fault of the harness itself: {type(error).__name__}: {error}".splitlines()[0],
        f"{where}; nothing half-done was recorded, so the command can be run again",
    )


def missing_objects(error: Exception) -> HarnessError | None:
    """What to say of a failure that may come of a partial clone's lack of objects; None of any other."""
    of_git = type(error).__module__.startswith("_pygit2") or getattr(error, "code", "") == "git-failed"
    # pygit2's error for an object that isn't there, told from a key of ours that isn't.
    if not of_git and not (isinstance(error, KeyError) and _OBJECT_ID.search(str(error))):
        return None
    from harness.git.repository import is_partial_clone, missing_objects

    try:
        partial = is_partial_clone(Path.cwd())
    except (OSError, HarnessError):
        return None
    return missing_objects(str(error).partition("\n")[0]) if partial else None


def _write_log(error: Exception) -> Path | None:
    from harness.state import state_directory

    try:
        folder = state_directory() / "faults"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{time.time_ns() % 10**9}.log"
        head = f"harness {__version__}\npython {sys.version}\n{platform.platform()}\nargv {sys.argv}\n\n"
        path.write_text(head + "".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return None
    return path
