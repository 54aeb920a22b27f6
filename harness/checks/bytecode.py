"""Where Python keeps byte code in a run: outside every checkout, the environment's own shared."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path, PurePath


def share_bytecode(prefix: Path, shared: Path, environment: Iterable[PurePath]) -> None:
    """Lead the environment's folders under `prefix` (PYTHONPYCACHEPREFIX) to a cache that is kept.

    Only for code that is trusted, or contained so that it can't write there.

    Without it each run compiles the standard library and pytest anew. The code under test stays
    out: what is elsewhere, the worktree too, is compiled into `prefix` itself, for this run only,
    and byte code that is part of the tree is never used.
    """
    for folder in _outermost(environment):
        inside = folder.relative_to(folder.anchor)
        kept = shared / inside
        kept.mkdir(parents=True, exist_ok=True)
        link = prefix / inside
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(kept, target_is_directory=True)


def copy_bytecode(prefix: Path, shared: Path, environment: Iterable[PurePath]) -> None:
    """The same for code that could write there and isn't trusted: it gets a copy of what is kept."""
    for folder in _outermost(environment):
        inside = folder.relative_to(folder.anchor)
        if (shared / inside).is_dir():
            shutil.copytree(shared / inside, prefix / inside, symlinks=True, dirs_exist_ok=True)


def _outermost(folders: Iterable[PurePath]) -> list[PurePath]:
    every = [folder for folder in folders if folder.is_absolute()]
    return [f for f in every if not any(f != other and f.is_relative_to(other) for other in every)]
