"""The files a program writes its output to: opened safely, measured together, cut to a limit."""

from __future__ import annotations

import contextlib
import errno
import os
import stat

# Appending keeps two writers of one file apart; a FIFO or a link put at the path is never followed.
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

SLOWEST_LOOK = 0.05  # seconds
QUICKEST_LOOK = 0.002


def create_output(path: str) -> int:
    """A descriptor of the new or emptied file; OSError when that can't be."""
    descriptor = os.open(path, _FLAGS, 0o600)
    os.set_blocking(descriptor, True)
    return descriptor


def open_input(path: str | None) -> int:
    """A descriptor of what the program reads; OSError when it is missing or not a regular file."""
    if path is None:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    os.set_blocking(descriptor, True)
    return descriptor


def sizes(descriptors: tuple[int, int]) -> tuple[int, int]:
    """The sizes of stdout and stderr in bytes; a file that is both counts once."""
    first, second = (os.fstat(descriptor) for descriptor in descriptors)
    same = (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)
    return first.st_size, 0 if same else second.st_size


def total_size(descriptors: tuple[int, int]) -> int:
    """Bytes in stdout and stderr together."""
    return sum(sizes(descriptors))


def cut(descriptors: tuple[int, int], limit: int) -> None:
    """Shorten the files, the larger first, so that together they hold at most `limit` bytes."""
    out, err = sizes(descriptors)
    if out + err <= limit:
        return
    keep_err = min(err, max(limit // 2, limit - out))
    # What is no regular file (a device) can't be cut, and need not be.
    for descriptor, size, keep in (
        (descriptors[0], out, limit - keep_err),
        (descriptors[1], err, keep_err),
    ):
        if size > keep:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, keep)


def cut_paths(paths: tuple[str, str], limit: int) -> None:
    """`cut` for stdout and stderr by path; what is missing or no longer a file counts as empty."""
    descriptors = (_reopen(paths[0]), _reopen(paths[1]))
    try:
        cut(descriptors, limit)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _reopen(path: str) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


def next_look(size: int, grown: int, elapsed: float, limit: int) -> float:
    """Seconds to wait before measuring again: half the time in which the limit could be reached.

    `size` is bytes now, `grown` how many of them came in the last `elapsed` seconds.
    """
    if grown <= 0:
        return SLOWEST_LOOK
    until_full = (limit - size) * elapsed / grown
    return min(SLOWEST_LOOK, max(QUICKEST_LOOK, until_full / 2))
