"""Edits: what an agent proposes, before anything is built from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from harness.edits.diff_hunks import FilePatch
from harness.edits.repairs import Repair
from harness.tree_entry import NewFile


class _Document(BaseModel):
    """A JSON object of the wire format: nothing beside the named fields, no type coerced."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)


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
class Block:
    """Lines that stand in a file once, and those to put in their place; none has its line end.

    `line` is its place in the reply. `anchors` are lines that stand somewhere before it, the outermost
    first; `at_end` says that the old lines are the file's last. Without old lines it is the content of
    a new or empty file, or, `at_end`, what comes behind everything.
    """

    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    anchors: tuple[str, ...] = ()
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class ChangeBlocks:
    """Blocks of one file changed, in their order in the reply. No wire operation: other formats make it."""

    file_path: str
    blocks: tuple[Block, ...]
    base_blob: str | None = None
    type: Literal["blocks"] = "blocks"


@dataclass(frozen=True, slots=True)
class WriteFile:
    """The whole content of a file, new or not. No wire operation: a format that knows no difference."""

    file_path: str
    content: str
    base_blob: str | None = None
    type: Literal["write_file"] = "write_file"


WireOperation = Create | ReplaceFile | Modify | Delete | Rename | Mode
AnyOperation = WireOperation | ChangeBlocks | WriteFile


@dataclass(frozen=True, slots=True)
class Numbered:
    """An operation and where it stands in the reply; both count from 1."""

    number: int
    line: int
    operation: AnyOperation


@dataclass(frozen=True, slots=True)
class Window:
    """An excerpt of a file: the number of its first line (from 1), and its lines."""

    line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a reply, or one operation of it, can't be used; written for whoever writes the next one.

    `code` is stable (`harness explain CODE`). `operation` is its number, None for the whole reply;
    `line` its place in the reply. `nearest` are the (at most three) places of the file at `path` that
    come nearest to what the edit looked for, the nearest first, or all places it could have meant.
    """

    code: str
    message: str
    hint: str = ""
    path: str | None = None
    operation: int | None = None
    line: int | None = None
    nearest: tuple[Window, ...] = ()


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
    """A unified diff. `patch` is what git is given; `files` is only what its text declares.

    `parts` are the files as the text has them, to be held against a tree (`diff_fit.fit_patch`). Under
    `strict` they have to be as they are.
    """

    patch: bytes
    files: tuple[PatchFile, ...]
    truncated: bool = False
    repairs: tuple[Repair, ...] = ()
    format: str = "unified-diff"
    parts: tuple[FilePatch, ...] = ()
    strict: bool = False


Edits = OperationEdits | PatchEdits


@dataclass(frozen=True, slots=True)
class Unusable:
    """A reply nothing can be built from. `good` are the numbers of operations that were fine.

    `total` is what `meta` announced.
    """

    problems: tuple[Problem, ...]
    format: str = "unknown"
    good: tuple[int, ...] = ()
    truncated: bool = False
    repairs: tuple[Repair, ...] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedTree:
    """What operations make of a start tree: each touched path's new file, None where it is deleted.

    `declared` are all paths the operations say they change; `created` those they create. `skipped`
    are the numbers of operations that change nothing by definition (a `modify` without operations),
    or a part of which does not (a `replace_all` of an empty text). `repairs` were needed to make them fit.
    """

    files: dict[str, NewFile | None]
    declared: frozenset[str]
    created: frozenset[str]
    applied: int
    skipped: tuple[int, ...] = ()
    repairs: tuple[Repair, ...] = ()
