"""Reading a file that someone else may have replaced by a link, a FIFO or something endless."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path, *, follow: bool = False) -> BinaryIO:
    """Open a regular file for reading, never waiting for anyone.

    `follow` says whether the path itself may be a symbolic link. Raises OSError, whose `strerror`
    says in plain words what the path is instead.
    """
    if not follow and path.is_symlink():
        raise OSError(errno.ELOOP, "it is a symbolic link", str(path))
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
    raise OSError(errno.EINVAL, f"it is {kind}", str(path))


def open_named(path: Path, *, by_user: bool) -> BinaryIO:
    """Open for reading what may be reached through links; raises as `open_regular` does.

    One that somebody named (`by_user`) may be a pipe, one that was found in its place may not.
    """
    if by_user and path.is_fifo():
        return path.open("rb")
    try:
        return open_regular(path, follow=True)
    except FileNotFoundError:
        if not path.is_symlink():
            raise
        # What somebody linked to something isn't just absent.
        raise OSError(errno.ELOOP, "it is a link to a file that does not exist", str(path)) from None


def read_named(path: Path, limit: int, *, by_user: bool) -> bytes:
    """The whole of such a file of at most `limit` bytes; OSError when it can't be had."""
    with open_named(path, by_user=by_user) as file:
        return _whole(file, path, limit)


def read_regular(path: Path, limit: int, *, follow: bool = False) -> bytes:
    """The whole of a regular file of at most `limit` bytes; OSError when it can't be had."""
    with open_regular(path, follow=follow) as file:
        return _whole(file, path, limit)


def _whole(file: BinaryIO, path: Path, limit: int) -> bytes:
    content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", str(path))
    return content
