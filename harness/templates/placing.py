"""Putting new files into a checkout: whole, never over anything, never through a link."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from harness.errors import UsageError
from harness.templates.content import StarterFile


def is_there(root: Path, path: str) -> bool:
    """Whether anything has the name, be it a dangling link."""
    return os.path.lexists(root / path)


def require_free_way(root: Path, paths: Iterable[str]) -> None:
    """UsageError `init-blocked` where a folder on the way to one of `paths` is something else."""
    for path in paths:
        for folder in reversed(Path(path).parents[:-1]):
            if is_there(root, str(folder)) and not stat.S_ISDIR((root / folder).lstat().st_mode):
                raise UsageError(
                    "init-blocked",
                    f"{folder} is not a folder, so {path} can't be written",
                    f"move {folder} away, or write {path} yourself; nothing was changed",
                )


def place(root: Path, file: StarterFile) -> bool:
    """Write a new file in one step, so that it appears whole; False where its name is taken by now.

    UsageError `init-blocked` where the system refuses.
    """
    target = root / file.path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = _write_partial(target, file)
        try:
            return _take_name(partial, target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UsageError(
            "init-blocked",
            f"can't write {file.path}: {error.strerror}",
            "correct the permissions and run it again; what was written stays",
        ) from None


def _write_partial(target: Path, file: StarterFile) -> Path:
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    mode = 0o777 if file.executable else 0o666
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(file.content)
    return partial


def _take_name(partial: Path, target: Path) -> bool:
    """Give the file its name if the name is free: a rename alone would take it from anybody."""
    try:
        target.hardlink_to(partial)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        # A file system without hard links: claim the name, then put the whole file there.
        with contextlib.suppress(FileExistsError):
            target.touch(exist_ok=False)
            partial.replace(target)
            return True
        return False
    return True
