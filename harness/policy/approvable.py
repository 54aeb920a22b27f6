"""Faults a person may approve, and what an approval is bound to: one exact difference of trees."""

from __future__ import annotations

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.policy.contents import Change

# What weakens tests: a person can tell that it was meant. Every other fault of a phase is corrected, or
# excused by its plan beforehand.
APPROVABLE = frozenset({"test-weakened", "test-removed", "test-skipped"})
# What people can approve in their own commits: anything but rows of telemetry that change or vanish.
NEVER_APPROVABLE = frozenset({"telemetry-changed"})
_NO_OBJECT = "0" * 40


def difference_digest(changes: Iterable[Change]) -> str:
    """A digest (SHA-256, hexadecimal) of a tree difference: every path with both its modes and objects."""
    return hashlib.sha256(b"".join(sorted(map(_record, changes)))).hexdigest()


def _record(change: Change) -> bytes:
    sides = (
        f"{change.old_mode} {change.new_mode} {change.old_oid or _NO_OBJECT} {change.new_oid or _NO_OBJECT}\t"
    )
    return sides.encode("ascii") + change.path.encode("utf-8", "surrogateescape") + b"\0"
