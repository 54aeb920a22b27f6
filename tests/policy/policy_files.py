"""Changes of files with contents, and a store that tells what was read of it."""

from __future__ import annotations

import hashlib
from collections import Counter

from harness.policy.contents import Contents
from harness.policy.model import ABSENT, REGULAR, TreeChange

LIMIT = 1024 * 1024


class Store:
    """Blobs by a digest in place of git's ids; counts how often each is read."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.reads: Counter[str] = Counter()

    def put(self, data: bytes | str) -> str:
        content = data.encode() if isinstance(data, str) else data
        oid = hashlib.sha1(content).hexdigest()
        self.blobs[oid] = content
        return oid

    def size(self, oid: str) -> int:
        return len(self.blobs[oid])

    def read(self, oid: str) -> bytes:
        self.reads[oid] += 1
        return self.blobs[oid]


class Files:
    """A tree difference, built file by file."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.store = Store()
        self.changes: list[TreeChange] = []
        self.contents = Contents(self.store, limit)

    def change(
        self, path: str, old: bytes | str | None, new: bytes | str | None, mode: str = REGULAR
    ) -> Files:
        """A file with `old` content that gets `new`; None where it isn't."""
        old_mode, new_mode = (ABSENT if side is None else mode for side in (old, new))
        old_oid, new_oid = (None if side is None else self.store.put(side) for side in (old, new))
        status = "A" if old is None else "D" if new is None else "M"
        self.changes.append(TreeChange(path, status, old_mode, new_mode, old_oid, new_oid))
        return self


def changed(path: str, old: bytes | str | None, new: bytes | str | None) -> Files:
    return Files().change(path, old, new)


def added(path: str, new: bytes | str) -> Files:
    return Files().change(path, None, new)


def codes(violations) -> list[str]:
    return [violation.code for violation in violations]


def paths(violations) -> list[str | None]:
    return [violation.path for violation in violations]
