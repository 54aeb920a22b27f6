"""Removing a folder that other programs filled: any depth, any permissions, no link followed."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_folder(folder: Path) -> None:
    """Remove a folder; one that isn't there is fine, and what the system won't give up stays."""
    # It takes a call and a descriptor a level: a folder can have more levels than there are of these.
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.is_dir() and not folder.is_symlink():
        with contextlib.suppress(OSError):
            folder.chmod(stat.S_IRWXU)
            _flatten(folder)
            folder.rmdir()


def _flatten(folder: Path) -> None:
    """Empty a folder by moving every folder in it to its top: two descriptors do, and no long path."""
    top = os.open(folder, _FLAGS)
    try:
        waiting = _empty(top, top)
        while waiting:
            name = waiting.pop()
            with contextlib.suppress(OSError):
                waiting += _emptied(name, top)
                os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


def _emptied(name: str, top: int) -> list[str]:
    descriptor = os.open(name, _FLAGS, dir_fd=top)
    try:
        return _empty(descriptor, top)
    finally:
        os.close(descriptor)


def _empty(descriptor: int, top: int) -> list[str]:
    """Remove the files in an open folder; its folders move to the open folder `top`: their names there."""
    moved = []
    with os.scandir(descriptor) as listed:
        entries = list(listed)
    for entry in entries:
        with contextlib.suppress(OSError):
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.name, dir_fd=descriptor)
                continue
            # A folder that can't be written can't be moved either.
            os.chmod(entry.name, stat.S_IRWXU, dir_fd=descriptor)
            name = f"removed-{os.urandom(8).hex()}"
            os.rename(entry.name, name, src_dir_fd=descriptor, dst_dir_fd=top)
            moved.append(name)
    return moved
