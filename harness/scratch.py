"""Throwaway folders in the temporary folder: locked by their owner, cleared away once that one is dead."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

_PREFIX = "harness-scratch-"
_NAME = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}\Z")
# Seconds a folder without a lock is left alone: its owner may be about to take it.
_GRACE = 60.0
_TRIES = 5
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A fresh folder that is gone when the block ends; after a kill the next one to ask removes it."""
    clear_away(abandoned_folders())
    for left in reversed(range(_TRIES)):
        with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
            folder = Path(os.path.realpath(name))
            with _locked(folder) as held:
                # Whoever is stopped for long before this may lose it to one who clears away; where nothing
                # can be locked, nobody clears away.
                if held or not left:
                    yield folder
                    return


def abandoned_folders() -> list[Path]:
    """The folders in the temporary folder whose owner is dead; others' and whatever is odd is left out."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        named = sorted(Path(entry.path) for entry in entries if _NAME.fullmatch(entry.name))
        return [folder for folder in named if _abandoned(folder, remove=False)]
    return []


def clear_away(folders: Iterable[Path]) -> None:
    """Remove those of the folders whose owner is dead."""
    for folder in folders:
        _abandoned(folder, remove=True)


def _abandoned(folder: Path, *, remove: bool) -> bool:
    with contextlib.suppress(OSError), _locked(folder) as held:
        if held and folder.lstat().st_mtime < time.time() - _GRACE:
            if remove:
                # The lock is on the folder itself, so it stays ours until nothing is left of it.
                shutil.rmtree(folder, ignore_errors=True)
            return True
    return False


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Lock a folder of this user's if nobody has; yields whether it is held. Never waits, follows no link."""
    try:
        descriptor = os.open(folder, _FLAGS)
    except OSError:
        yield False
        return
    try:
        yield _is_own(descriptor) and _lock(descriptor) and _is_there(folder, descriptor)
    finally:
        os.close(descriptor)


def _is_own(descriptor: int) -> bool:
    found = os.fstat(descriptor)
    return found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == stat.S_IRWXU


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_there(folder: Path, descriptor: int) -> bool:
    """Whether the locked folder is still the one of its name."""
    try:
        there, locked = folder.lstat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (locked.st_dev, locked.st_ino)
