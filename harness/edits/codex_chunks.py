"""The chunks of one updated file in a Codex patch: `@@` lines, then lines with ` `, `-` or `+`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.edits.limits import Limits
from harness.edits.model import Block
from harness.edits.text_reading import BadLine
from harness.paths import shown

_END_OF_FILE = "*** End of File"
_BLANKS = " \t\r"
_MOST_ANCHORS = 32
_NUMBERED = re.compile(r"@@ -[0-9]{1,10}(?:,[0-9]{1,10})? \+[0-9]{1,10}(?:,[0-9]{1,10})? @@")

_CHUNK_HINT = (
    "A chunk begins with `@@`, or with `@@` and a line that stands above the place; each of its lines "
    "begins with a blank (as it is), `-` (goes) or `+` (comes)."
)
_CONTEXT_HINT = "Give the lines around the place as context, or end the chunk with `*** End of File`."


@dataclass(frozen=True, slots=True)
class Chunks:
    """The blocks of a file. `unprefixed` is the index of the first empty line taken for context."""

    blocks: tuple[Block, ...]
    unprefixed: int | None


@dataclass(slots=True)
class _Chunk:
    """A chunk as far as it is read. `told` are its old lines that have their prefix."""

    start: int
    anchors: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    told: int = 0
    changes: bool = False
    at_end: bool = False

    def block(self) -> Block:
        """The finished chunk; raises `BadLine`."""
        if not self.changes:
            what = "changes nothing" if self.old else "is empty"
            raise BadLine("empty-chunk", f"the chunk {what}", _CHUNK_HINT, self.start)
        # Empty lines alone would be found at any gap of the file.
        if not self.told and (self.old or not self.at_end):
            message = "a chunk only adds lines, and nothing says where"
            raise BadLine("chunk-without-context", message, _CONTEXT_HINT, self.start)
        return Block(self.start + 1, tuple(self.old), tuple(self.new), tuple(self.anchors), self.at_end)


def read_chunks(lines: Sequence[str], start: int, end: int, limits: Limits, strict: bool) -> Chunks:
    """The chunks in these lines, all of one file; raises `BadLine`.

    An empty line within a chunk is a blank line of context that lost its prefix; at the end of one it
    only keeps chunks apart.
    """
    reader = _Reader(limits, strict)
    for index in range(start, end):
        reader.take(index, lines[index])
    reader.finish()
    return Chunks(tuple(reader.blocks), reader.unprefixed)


class _Reader:
    """Chunk after chunk, line by line."""

    def __init__(self, limits: Limits, strict: bool) -> None:
        self.blocks: list[Block] = []
        self.unprefixed: int | None = None
        self._limits = limits
        self._strict = strict
        self._chunk: _Chunk | None = None
        self._empty: list[int] = []

    def take(self, index: int, line: str) -> None:
        if not line:
            self._empty.append(index)
        elif line[0] in " -+":
            self._take_line(index, line)
        elif line.startswith("@@"):
            self._take_mark(index, line.rstrip(_BLANKS))
        elif line.rstrip(_BLANKS) == _END_OF_FILE and self._chunk is not None and not self._chunk.at_end:
            self._take_empty_lines(self._chunk)
            self._chunk.at_end = True
        else:
            raise BadLine("patch-line", f"a line of an unknown kind: {shown(line)}", _CHUNK_HINT, index)

    def finish(self) -> None:
        """Close the chunk that is open, if there is one."""
        self._empty.clear()
        if self._chunk is None:
            return
        self.blocks.append(self._chunk.block())
        if len(self.blocks) > self._limits.operations:
            message = f"more than {self._limits.operations} chunks for one file"
            raise BadLine("too-many-operations", message, "Send fewer.", self._chunk.start)
        self._chunk = None

    def _take_mark(self, index: int, line: str) -> None:
        """A line that begins a chunk, or, behind another one with an anchor, narrows it further."""
        anchor = line[3:]
        if line not in ("@@", f"@@ {anchor}"):
            message = f"`@@` without a blank behind it: {shown(line)}"
            raise BadLine("patch-line", message, _CHUNK_HINT, index)
        if _NUMBERED.match(line):
            message = f"a chunk with line numbers, which this format doesn't have: {shown(line)}"
            raise BadLine("chunk-with-numbers", message, _CHUNK_HINT, index)
        chunk = self._chunk
        if chunk is None or not anchor or not chunk.anchors or chunk.old or chunk.new:
            self.finish()
            self._chunk = chunk = _Chunk(index)
        if anchor:
            chunk.anchors.append(anchor)
        if len(chunk.anchors) > _MOST_ANCHORS:
            message = f"a chunk has more than {_MOST_ANCHORS} `@@` lines"
            raise BadLine("patch-line", message, _CHUNK_HINT, index)

    def _take_line(self, index: int, line: str) -> None:
        if self._chunk is None:
            # The grammar lets the first chunk begin without its mark.
            self._empty.clear()
            self._chunk = _Chunk(index)
        chunk = self._chunk
        if chunk.at_end:
            message = f"a line behind `{_END_OF_FILE}`: {shown(line)}"
            raise BadLine("patch-line", message, _CHUNK_HINT, index)
        self._take_empty_lines(chunk)
        if line[0] != "+":
            chunk.old.append(line[1:])
            chunk.told += 1
        if line[0] != "-":
            chunk.new.append(line[1:])
        chunk.changes = chunk.changes or line[0] != " "

    def _take_empty_lines(self, chunk: _Chunk) -> None:
        """Empty lines that turned out to stand within a chunk."""
        if not self._empty:
            return
        if self._strict:
            message = "an empty line without its prefix within a chunk"
            raise BadLine("patch-line", message, "Begin blank lines with their prefix too.", self._empty[0])
        self.unprefixed = self._empty[0] if self.unprefixed is None else self.unprefixed
        chunk.old += [""] * len(self._empty)
        chunk.new += [""] * len(self._empty)
        self._empty.clear()
