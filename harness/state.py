"""Where the harness keeps what is not the repository's: throwaway worktrees, baselines, fault logs."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from harness.errors import UsageError


def state_directory() -> Path:
    """`HARNESS_STATE_HOME`, else the platform's own folder for a program's state; not created here.

    UsageError `no-state-folder` where there is neither that nor a home folder.
    """
    override = os.environ.get("HARNESS_STATE_HOME")
    if override:
        return Path(override).absolute()
    import platformdirs

    try:
        found = Path(platformdirs.user_state_dir("harness", appauthor=False))
    except RuntimeError:  # no home folder to be in
        found = Path()
    if not found.is_absolute():
        raise UsageError(
            "no-state-folder",
            "there is no home folder for the harness to keep its throwaway worktrees in",
            "name a folder for them: HARNESS_STATE_HOME=DIR",
        )
    return found


def make_state_folder(folder: Path) -> None:
    """Make a folder in the state directory if need be; UsageError `no-state-folder` where that can't be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UsageError(
            "no-state-folder",
            f"can't write to {folder}: {error.strerror}",
            "make it writable, or name another folder: HARNESS_STATE_HOME=DIR",
        ) from None


def plain_name(name: str) -> str:
    """A folder's name without what would split a list of folders, or a line."""
    return re.sub(r"[:;\s\x00-\x1f]", "_", name) or "worktree"
