"""What of a user's repository no contained program may write, found in plain files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.process.regular_file import read_named

_ALTERNATES_DEPTH = 5  # git itself follows no more


def repository_places(root: Path, git_dir: Path, common_dir: Path, remotes: Iterable[str]) -> list[Path]:
    """Checkout, git folders, borrowed object stores, other worktrees, and remotes that are folders here."""
    found = [root, git_dir, common_dir]
    found += _alternates(common_dir / "objects", _ALTERNATES_DEPTH)
    if common_dir.name == ".git":
        found.append(common_dir.parent)
    for pointer in sorted(common_dir.glob("worktrees/*/gitdir")):
        text = _text(pointer)
        if text:
            found.append((pointer.parent / text).parent)
    found += [root / remote for remote in map(_local, remotes) if remote]
    return [path for path in dict.fromkeys(map(_real, found)) if path.exists()]


def _alternates(objects: Path, depth: int) -> Iterator[Path]:
    lines = _text(objects / "info/alternates").splitlines() if depth else []
    for line in lines:
        if line and not line.startswith("#"):
            store = objects / line.strip('"')
            yield store
            yield from _alternates(store, depth - 1)


def _local(url: str) -> str:
    """The folder a remote's URL names, "" for one elsewhere: a colon before any slash means ssh."""
    if url.startswith("file://"):
        return url.removeprefix("file://")
    return "" if "://" in url or ":" in url.split("/", 1)[0] else url


def _text(path: Path) -> str:
    try:
        return os.fsdecode(read_named(path, 1 << 20, by_user=False)).removesuffix("\n")
    except OSError:
        return ""


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
