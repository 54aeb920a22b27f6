"""Records of tree differences, written short."""

from __future__ import annotations

from harness.policy.model import ABSENT, REGULAR, TreeChange

OLD, NEW = "a" * 40, "b" * 40


def change(path: str, old: str = REGULAR, new: str = REGULAR) -> TreeChange:
    """A change of `path` from one mode to another; ABSENT where it isn't."""
    status = "A" if old == ABSENT else "D" if new == ABSENT else "T" if old[:2] != new[:2] else "M"
    return TreeChange(path, status, old, new, None if old == ABSENT else OLD, None if new == ABSENT else NEW)


def added(path: str) -> TreeChange:
    return change(path, old=ABSENT)


def deleted(path: str) -> TreeChange:
    return change(path, new=ABSENT)


def told(violations) -> list[tuple[str, str]]:
    return [(violation.code, violation.path) for violation in violations]
