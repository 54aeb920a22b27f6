"""Edits: what an agent proposes, before anything is built from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt


class _Document(BaseModel):
    """A JSON object of the wire format: nothing beside the named fields, no type coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Operation(_Document):
    file_path: str
    base_blob: str | None = None


class Append(_Document):
    type: Literal["append"]
    content: str


class InsertAfter(_Document):
    type: Literal["insert_after"]
    anchor: str
    content: str


class Replace(_Document):
    type: Literal["replace"]
    old_text: str
    new_text: str


class ReplaceAll(_Document):
    type: Literal["replace_all"]
    old_text: str
    new_text: str


Change = Annotated[Append | InsertAfter | Replace | ReplaceAll, Field(discriminator="type")]


class Create(_Operation):
    type: Literal["create"]
    content: str


class ReplaceFile(_Operation):
    type: Literal["replace_file"]
    content: str


class Modify(_Operation):
    type: Literal["modify"]
    operations: tuple[Change, ...] | None = None


class Delete(_Operation):
    type: Literal["delete"]


class Rename(_Operation):
    type: Literal["rename"]
    new_path: str


class Mode(_Operation):
    type: Literal["mode"]
    mode: Literal["100644", "100755"]


class Meta(_Document):
    """The optional announcement of a reply: how many operations it means to make."""

    type: Literal["meta"]
    summary: str | None = None
    total_operations: NonNegativeInt | None = None


Operation = Annotated[Create | ReplaceFile | Modify | Delete | Rename | Mode, Field(discriminator="type")]


@dataclass(frozen=True, slots=True)
class Numbered:
    """An operation and where it stands in the reply; both count from 1."""

    number: int
    line: int
    operation: Create | ReplaceFile | Modify | Delete | Rename | Mode


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a reply, or one operation of it, can't be used; written for whoever writes the next one.

    `code` is stable (`harness explain CODE`). `operation` is its number, None for the whole reply.
    """

    code: str
    message: str
    hint: str = ""
    path: str | None = None
    operation: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair from the closed list that was made to a reply before it was read."""

    name: str
    line: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OperationEdits:
    """A reply of NDJSON operations. `total` is what `meta` announced, None without."""

    operations: tuple[Numbered, ...]
    total: int | None = None
    truncated: bool = False
    repairs: tuple[Repair, ...] = ()
    format: str = "ndjson"


@dataclass(frozen=True, slots=True)
class PatchFile:
    """One file of a unified diff, as its text declares it; paths unquoted, None for /dev/null."""

    source: str | None
    target: str | None
    kind: Literal["add", "delete", "modify", "rename", "copy"]
    added_lines: int = 0
    removed_lines: int = 0


@dataclass(frozen=True, slots=True)
class PatchEdits:
    """A unified diff. `patch` is what git is given; `files` is only what its text declares."""

    patch: bytes
    files: tuple[PatchFile, ...]
    truncated: bool = False
    repairs: tuple[Repair, ...] = ()
    format: str = "unified-diff"


Edits = OperationEdits | PatchEdits


@dataclass(frozen=True, slots=True)
class Unusable:
    """A reply nothing can be built from. `good` are the numbers of operations that were fine."""

    problems: tuple[Problem, ...]
    format: str = "unknown"
    good: tuple[int, ...] = ()
    truncated: bool = False
    repairs: tuple[Repair, ...] = ()


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


@dataclass(frozen=True, slots=True)
class PlannedTree:
    """What operations make of a start tree: each touched path's new file, None where it is deleted.

    `declared` are all paths the operations say they change; `created` those they create. `skipped`
    are the numbers of operations that change nothing by definition (a `modify` without operations),
    or a part of which does not (a `replace_all` of an empty text).
    """

    files: dict[str, NewFile | None]
    declared: frozenset[str]
    created: frozenset[str]
    applied: int
    skipped: tuple[int, ...] = ()
