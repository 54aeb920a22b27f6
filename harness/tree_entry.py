"""What a tree has at a path, and what is to be there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree: its mode as git writes it ("100644") and its object id."""

    mode: str
    oid: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """What a path becomes: its whole content, and its mode."""

    content: bytes
    mode: str
