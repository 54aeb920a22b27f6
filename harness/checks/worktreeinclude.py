"""Copying the ignored files that `.worktreeinclude` names into a fresh worktree."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from harness.process.regular_file import read_regular

NAME = ".worktreeinclude"
_PATTERNS_LIMIT = 1024 * 1024  # bytes


def included_paths(checkout: Path, ignored_paths: Iterable[str]) -> list[str]:
    """Those of `ignored_paths` that the checkout's `.worktreeinclude` (gitignore syntax) matches."""
    try:
        patterns = read_regular(checkout / NAME, _PATTERNS_LIMIT).decode("utf-8", "replace")
    except OSError:
        return []
    import pathspec

    included = pathspec.GitIgnoreSpec.from_lines(patterns.splitlines())
    return [path for path in sorted(set(ignored_paths)) if included.match_file(path) and _is_plain(path)]


def copy_included(checkout: Path, worktree: Path, ignored_paths: Iterable[str]) -> list[str]:
    """Copy what the checkout's `.worktreeinclude` matches; gives those paths.

    `ignored_paths` are the checkout's ignored files, repo-relative with `/`. Only regular files are
    copied, with their mode, never through a symlink on either side, never over an existing file.
    """
    return [path for path in included_paths(checkout, ignored_paths) if _copy(checkout, worktree, path)]


def _is_plain(path: str) -> bool:
    parts = PurePosixPath(path).parts
    odd = {"..", ".git"} & {part.lower() for part in parts}
    return bool(parts) and not path.startswith("/") and not odd


def _copy(checkout: Path, worktree: Path, path: str) -> bool:
    source, target = checkout / path, worktree / path
    if _through_symlink(checkout, path) or _through_symlink(worktree, path):
        return False
    try:
        if not stat.S_ISREG(source.lstat().st_mode) or os.path.lexists(target):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    except (FileNotFoundError, FileExistsError, NotADirectoryError, PermissionError):
        # It is gone or unreadable, or a file of the tree stands where a folder would be needed.
        return False
    return True


def _through_symlink(root: Path, path: str) -> bool:
    """Whether the path is a symlink, or leads through one."""
    place = root
    for part in PurePosixPath(path).parts:
        place /= part
        if place.is_symlink():
            return True
    return False
