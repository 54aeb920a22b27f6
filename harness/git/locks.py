"""Locks under the common git directory; the kernel drops them when their owner dies."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

# Whoever holds a lock writes into its file: a link put in its place would lead that elsewhere.
LOCK_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


def lock_folder(common_dir: Path) -> Path:
    """Where everything of the harness under the common git directory is."""
    return common_dir / "harness"


def run_lock(common_dir: Path, run: str) -> Path:
    """The lock of whoever works on a run."""
    return lock_folder(common_dir) / "runs" / f"{run}.lock"


def phase_lock(common_dir: Path, run: str, phase: str) -> Path:
    """The lock of whoever works on one phase; others of its run may be worked on meanwhile."""
    return lock_folder(common_dir) / "phases" / run / f"{phase}.lock"


def phase_locks(common_dir: Path, run: str) -> list[Path]:
    """The lock files of every phase of a run that was ever worked on."""
    return sorted((lock_folder(common_dir) / "phases" / run).glob("*.lock"))


@contextlib.contextmanager
def hold(path: Path, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock file `path` exclusively; `waiting` is told who holds it when it has to wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _locked(path, waiting)
    while not _is_at(path, descriptor):
        # Somebody cleared the file away meanwhile, and a lock on it keeps nobody out any more.
        os.close(descriptor)
        descriptor = _locked(path, waiting)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid()}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def held_by_nobody(path: Path) -> Iterator[None]:
    """Nobody holds the lock file `path` meanwhile; it is neither made nor written, and may be read-only."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        yield  # nobody ever held it, or it isn't ours to read
        return
    try:
        with contextlib.suppress(OSError):  # a disk that knows no locks
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path, waiting: Callable[[str], None] | None) -> int:
    descriptor = os.open(path, LOCK_FLAGS | os.O_CREAT, 0o644)
    try:
        if not _try(descriptor):
            if waiting:
                waiting(_owner(descriptor))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock file `path`."""
    try:
        descriptor = os.open(path, LOCK_FLAGS)
    except FileNotFoundError:
        return False
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(descriptor: int) -> str:
    try:
        return f"process {json.loads(os.pread(descriptor, 200, 0))['pid']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
