"""How many tokens the operations would take that make a commit: an estimate from bytes, offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.git.commit_walk import FileChange, HistoryBlobs

BYTES_PER_TOKEN = 4
MOST_TOKENS = 64_000
"""No reply is longer than this; a commit that would need more is counted as cut off here."""
BASIS = "operations/1: 4 bytes a token"
"""What the actual tokens of a backfilled row rest on; the row says so."""
LARGEST = 1024 * 1024
"""Bytes; a larger file is data nobody dictates."""

# Bytes of the JSON around what an operation says.
_META, _CREATE, _MODIFY, _HUNK, _DELETE, _RENAME = 60, 55, 55, 62, 40, 55
_TITLE = 200


@dataclass(frozen=True, slots=True)
class OperationsEstimate:
    """Output tokens of a commit's operations; `cut` where they passed `MOST_TOKENS`."""

    tokens: int
    cut: bool


def estimate(message: str, changes: Sequence[FileChange], blobs: HistoryBlobs) -> OperationsEstimate | None:
    """The tokens of a reply that makes these changes: one `meta` line, one operation a file.

    A new file is its content, an edited one its changed lines with one line of context, old and new
    text both, a file that only moved one rename. None where nothing but binary or oversized files
    changed. Reading stops once the limit is passed.
    """
    renamed = _renamed(changes)
    most = MOST_TOKENS * BYTES_PER_TOKEN
    total = operations = 0
    for change in changes:
        if change.path in renamed.sources:
            continue
        size = _operation_bytes(change, renamed, blobs)
        operations += size is not None
        total += size or 0
        if total > most:
            return OperationsEstimate(MOST_TOKENS, cut=True)
    if not operations:
        return None
    total += _META + len(message.split("\n", 1)[0][:_TITLE].encode("utf-8", "replace"))
    return OperationsEstimate(-(-total // BYTES_PER_TOKEN), cut=False)


@dataclass(frozen=True, slots=True)
class _Renames:
    sources: frozenset[str]
    targets: frozenset[str]


def _renamed(changes: Sequence[FileChange]) -> _Renames:
    """Files that went, and came under another path with the very same content."""
    gone: dict[str, list[str]] = {}
    for change in changes:
        if change.new is None and change.old is not None:
            gone.setdefault(change.old, []).append(change.path)
    sources, targets = set(), set()
    for change in changes:
        if change.old is None and change.new is not None and gone.get(change.new):
            sources.add(gone[change.new].pop())
            targets.add(change.path)
    return _Renames(frozenset(sources), frozenset(targets))


def _operation_bytes(change: FileChange, renamed: _Renames, blobs: HistoryBlobs) -> int | None:
    path = len(change.path.encode("utf-8", "replace"))
    if change.path in renamed.targets:
        return _RENAME + 2 * path
    if change.new is None:
        return _DELETE + path
    if any((blobs.size(oid) or 0) > LARGEST for oid in (change.old, change.new) if oid):
        return None
    if change.old is None:
        text = blobs.text(change.new)
        return None if text is None else _CREATE + path + _quoted(text)
    edit = blobs.edit(change.old, change.new)
    if edit is None:
        return None
    return _MODIFY + path + edit.hunks * _HUNK + 2 * edit.context + edit.removed + edit.added


def _quoted(text: bytes) -> int:
    """Bytes of a text in JSON, where line ends, tabs, quotes and backslashes take two."""
    return len(text) + sum(text.count(sign) for sign in (b"\n", b"\t", b'"', b"\\"))
