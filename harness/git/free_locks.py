"""Taking a lock file only where nobody holds it, for those who can do without."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from harness.git.locks import LOCK_FLAGS


@contextlib.contextmanager
def hold_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock file `path` if nobody does; yields whether it is held now. Never waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, LOCK_FLAGS | os.O_CREAT, 0o644)
    try:
        free = _lock(descriptor)
        if free:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps({"pid": os.getpid()}).encode(), 0)
        yield free
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def hold_abandoned(path: Path) -> Iterator[bool]:
    """Hold the existing lock file `path` if its owner is dead, leaving its age as it is."""
    try:
        descriptor = os.open(path, LOCK_FLAGS)
    except FileNotFoundError:
        yield False
        return
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
