"""What the two sides of a change hold, read when a rule asks for it; standard library only."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol, TypeVar

    class Change(Protocol):
        """One record of a raw tree difference: `TreeChange`, and the guard's own `Change`."""

        @property
        def path(self) -> str: ...
        @property
        def old_mode(self) -> str: ...
        @property
        def new_mode(self) -> str: ...
        @property
        def old_oid(self) -> str | None: ...
        @property
        def new_oid(self) -> str | None: ...

    C = TypeVar("C", bound=Change)

    class Blobs(Protocol):
        """A store of blobs by full object id; KeyError for what it doesn't have."""

        def size(self, oid: str) -> int:
            """Bytes of the blob, found without reading it."""

        def read(self, oid: str) -> bytes: ...


_FILE_MODES = ("100644", "100755")
# Where git looks for a NUL to tell binary files.
_BINARY_PROBE = 8000
_KEPT_BYTES = 64 * 1024 * 1024


class Contents:
    """Blobs of both sides by object id; none larger than `limit` bytes is read.

    What was read is kept for the next rule, up to 64 MiB.
    """

    def __init__(self, blobs: Blobs, limit: int) -> None:
        self._blobs = blobs
        self._limit = limit
        self._kept: dict[str, bytes | None] = {}
        self._kept_bytes = 0

    def size(self, oid: str) -> int:
        """Bytes of the blob."""
        return self._blobs.size(oid)

    def text(self, oid: str) -> bytes | None:
        """The bytes of a text file; None where it is binary or larger than the limit."""
        if oid not in self._kept:
            data = self._blobs.read(oid) if self._blobs.size(oid) <= self._limit else None
            self._keep(oid, None if data is None or b"\0" in data[:_BINARY_PROBE] else data)
        return self._kept[oid]

    def _keep(self, oid: str, data: bytes | None) -> None:
        self._kept_bytes += len(data or b"")
        if self._kept_bytes > _KEPT_BYTES:
            self._kept.clear()
            self._kept_bytes = len(data or b"")
        self._kept[oid] = data


def is_file(mode: str) -> bool:
    """Whether a mode is a regular file's."""
    return mode in _FILE_MODES


def is_new(change: Change) -> bool:
    """Whether there was no regular file at the path."""
    return change.old_mode not in _FILE_MODES


def old_text(change: Change, contents: Contents) -> bytes | None:
    """The old side, where it is a regular file that can be read as text; else None."""
    if change.old_oid is None or change.old_mode not in _FILE_MODES:
        return None
    return contents.text(change.old_oid)


def new_text(change: Change, contents: Contents) -> bytes | None:
    """The new side, where it is a regular file that can be read as text; else None."""
    if change.new_oid is None or change.new_mode not in _FILE_MODES:
        return None
    return contents.text(change.new_oid)


def replaced(changes: Iterable[C]) -> Iterator[C]:
    """The changes of regular files that hold something else than before, wherever it was taken from."""
    for change in changes:
        are_files = change.old_mode in _FILE_MODES and change.new_mode in _FILE_MODES
        if are_files and change.new_oid != change.old_oid:
            yield change


def written(changes: Iterable[C]) -> Iterator[C]:
    """The changes whose new side is a regular file with content that no old side had.

    So a file that only moves, or changes its mode, brings nothing new.
    """
    changes = list(changes)
    old = {change.old_oid for change in changes if change.old_mode in _FILE_MODES}
    for change in changes:
        if change.new_mode in _FILE_MODES and change.new_oid not in old:
            yield change
