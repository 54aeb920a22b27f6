"""Where the harness keeps what is not the repository's: throwaway worktrees, baselines, fault logs."""

from __future__ import annotations

import os
import re
from pathlib import Path


def state_directory() -> Path:
    """`HARNESS_STATE_HOME`, else the platform's own folder for a program's state; not created here."""
    override = os.environ.get("HARNESS_STATE_HOME")
    if override:
        return Path(override).absolute()
    import platformdirs

    return Path(platformdirs.user_state_dir("harness", appauthor=False))


def plain_name(name: str) -> str:
    """A folder's name without what would split a list of folders, or a line."""
    return re.sub(r"[:;\s\x00-\x1f]", "_", name) or "worktree"
