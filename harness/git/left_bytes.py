"""How much a worktree has grown, told by names and sizes alone: a hole of terabytes takes hours to read."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from harness.errors import UnusableError
from harness.git.command import Git, split_z

_MIB = 1024 * 1024


def require_few(limit: int, git: Git, paths: Collection[str], tree: str) -> None:
    """UnusableError `too-many-files` where more than `limit` of `paths` are new since `tree`."""
    if len(paths) <= limit:
        return
    new = len(set(paths) - _sizes(git, tree).keys())
    if new > limit:
        raise UnusableError(
            "too-many-files",
            f"{new} files in the worktree are new; {limit} are the limit",
            "remove generated files or have git ignore them, or raise max_files in [policy.content]",
        )


def require_at_most(limit: int, git: Git, worktree: Path, paths: Iterable[str], tree: str) -> None:
    """UnusableError `too-much-added` where `paths` have grown by more than `limit` bytes since `tree`."""
    sizes = {path: _size(worktree / path) for path in paths}
    if sum(sizes.values()) <= limit:
        return
    before = _sizes(git, tree)
    grown = {path: max(0, size - before.get(path, 0)) for path, size in sizes.items()}
    total = sum(grown.values())
    if total <= limit:
        return
    most = max(grown, key=lambda path: grown[path])
    raise UnusableError(
        "too-much-added",
        f"the files in the worktree have grown by {_shown(total)}, {most} alone by {_shown(grown[most])}; "
        f"{_shown(limit)} are the limit",
        "remove large and generated files or have git ignore them, or raise max_added_bytes in "
        "[policy.content]",
    )


def _size(path: Path) -> int:
    try:
        found = path.lstat()
    except OSError:
        return 0  # deleted; what can't be read is found when it is recorded
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _sizes(git: Git, tree: str) -> Mapping[str, int]:
    """The bytes of every file of a tree."""
    rows = (row.partition("\t") for row in split_z(git("ls-tree", "-r", "-z", "--long", tree).stdout))
    found = ((path, about.split()[3]) for about, _, path in rows)
    return {path: int(size) for path, size in found if size != "-"}


def _shown(size: int) -> str:
    return f"{size / _MIB:.1f} MiB"
