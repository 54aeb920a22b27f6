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
from harness.errors import HarnessError, UsageError

_OBJECT_ID = re.compile(r"\b[0-9a-f]{40}\b")
# What a repository looks like that git can't read a part of.
_LIKE_DAMAGE = {"no-repository", "unborn-head", "unknown-revision", "missing-objects", "remote-unreachable"}


def describe(error: Exception) -> tuple[str, str, str]:
    """(code, message, hint) for an unexpected exception, with its traceback kept in a log file."""
    if _is_full_disk(error):
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


def of_git(error: Exception) -> HarnessError | None:
    """What to say where git itself can't be run, as GitPython finds when it is imported; or None."""
    if not isinstance(error, ImportError) or not str(error).startswith("Failed to initialize"):
        return None
    _, _, said = str(error).partition("stderr: '")
    if said:
        said = said.removesuffix("'")
        return UsageError("no-git", f"git can't be run: {said}", "see that `git version` works")
    return UsageError("no-git", "git is not on the PATH", "install git")


def _is_full_disk(error: Exception) -> bool:
    if not isinstance(error, OSError):
        return False
    full = (errno.ENOSPC, errno.EDQUOT)
    # git's library gives no number, only the system's words for it.
    return error.errno in full or (error.errno is None and str(error).endswith(tuple(map(os.strerror, full))))


def of_repository(error: Exception) -> HarnessError | None:
    """What to say of a failure that the user's repository is to blame for; None of any other."""
    code = getattr(error, "code", "")
    of_git = type(error).__module__.startswith("_pygit2") or code == "git-failed"
    # pygit2's error for an object that isn't there, told from a key of ours that isn't.
    of_git = of_git or (isinstance(error, KeyError) and bool(_OBJECT_ID.search(str(error))))
    if not of_git and code not in _LIKE_DAMAGE:
        return None
    try:
        from harness.git.damage import damage, lock_in_the_way
        from harness.git.repository import is_partial_clone, missing_objects

        here = Path.cwd()
        found: HarnessError | None = lock_in_the_way(str(error), here) or damage(here, index=of_git)
        if found is None and (of_git or "bad object" in str(error)):
            found = _of_lost_objects(here)
        partial = of_git and found is None and is_partial_clone(here)
    except (OSError, HarnessError, ImportError):  # GitPython can't be imported where git can't be run
        return None
    return missing_objects(str(error).partition("\n")[0]) if partial else found


def _of_lost_objects(here: Path) -> HarnessError | None:
    import pygit2

    from harness.git.lost_objects import lost_objects, refs_of_ours
    from harness.git.opening import open_repository

    user = open_repository(here)
    try:
        found = lost_objects(user, refs_of_ours(user))
    except pygit2.GitError:  # what can't be opened at all has another cause
        return None
    return found[1] if found else None


def _write_log(error: Exception) -> Path | None:
    from harness.state import state_directory

    try:
        folder = state_directory() / "faults"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{time.time_ns() % 10**9}.log"
        head = f"harness {__version__}\npython {sys.version}\n{platform.platform()}\nargv {sys.argv}\n\n"
        path.write_text(head + "".join(traceback.format_exception(error)), encoding="utf-8")
    except (OSError, HarnessError):
        return None
    return path
