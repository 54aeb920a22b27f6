"""A tool call an agent is about to make, as far as the rules care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class UnreadableError(Exception):
    """What the agent sent is not what its protocol says; nobody can tell what would happen."""


@dataclass(frozen=True, slots=True)
class FileWrite:
    """A file a tool would write, move or delete: its path as the agent gave it.

    `old` and `new` are the text that is replaced and what it is replaced by, as far as the call says:
    the whole file, one edit, or the added lines of a patch. None where nothing is known of it.
    """

    path: str
    new: str | None = None
    old: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The writes and the shell commands of one call, and the folder relative paths start from."""

    writes: tuple[FileWrite, ...] = ()
    commands: tuple[str, ...] = ()
    folder: str | None = None


def text_of(values: Mapping[str, Any], key: str) -> str | None:
    """The text at `key`, None without one; UnreadableError where it is something else."""
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise UnreadableError(f"{key!r} is not a text")
    return value
