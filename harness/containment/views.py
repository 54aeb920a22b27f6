"""Folders shown in part: what is in them bound one by one, what is new thrown away."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath

from harness.containment.model import Mount, MountKind

# None: not shown at all.
Showing = Callable[[str], MountKind | None]


def partial_view(place: Path, private: Path, names: Iterable[str], showing: Showing) -> list[Mount]:
    """Mounts that put the fresh folder `private` at `place`, with its entries `names` bound into it.

    `showing` says of a name how that entry is shown. Sockets never are: who listens is outside. Every
    mount makes the next one slower (bwrap reads them all again), so some 100 entries are a good number.
    """
    mounts = [Mount("read_write", place, private)]
    for name in names:
        mounts += _entry(place / name, showing(name))
    return mounts


def entries(folder: Path) -> list[str]:
    """The names in a folder, sorted; none where it can't be read."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return []


def leading(folder: Path, needed: Iterable[PurePath]) -> list[str]:
    """The names in a folder that lead to one of the paths `needed`."""
    below = [path.relative_to(folder).parts for path in needed if path.is_relative_to(folder)]
    return sorted({parts[0] for parts in below if parts})


def _entry(path: Path, kind: MountKind | None) -> list[Mount]:
    if kind is None:
        return []
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return [Mount("link", path, path.readlink())]
    except OSError:
        return []
    return [] if stat.S_ISSOCK(mode) else [Mount(kind, path, path)]
