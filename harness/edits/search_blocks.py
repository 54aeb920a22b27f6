"""Where SEARCH/REPLACE blocks stand in a reply, told from their markers alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.edits.markdown_fences import FenceLine, fence_line

_SEARCH = re.compile(r"<{5,9} SEARCH>?[ \t\r]*$")
_DIVIDER = re.compile(r"={5,9}[ \t\r]*$")
_REPLACE = re.compile(r">{5,9} REPLACE[ \t\r]*$")
# Indented, with text behind it, or with another number of marks: what no block can be begun or ended by.
_NEARLY = re.compile(r"[ \t]*(?:<{4,} ?SEARCH|>{4,} ?REPLACE)")
_BLANKS = " \t\r"


@dataclass(slots=True)
class SearchBlock:
    """A block: the indexes of its three markers, -1 for one that isn't there.

    `fence` is the index of the line that opened the fence around it, `info` what that line says;
    `before` that of the last line above it, outside of blocks, that isn't blank, -1 for none.
    `fault` is the index of the marker that gives it two readings, and why.
    """

    start: int
    fence: int | None
    info: str
    before: int
    divider: int = -1
    end: int = -1
    fault: tuple[int, str] | None = None

    def old(self, lines: Sequence[str]) -> Sequence[str]:
        return lines[self.start + 1 : self.divider]

    def new(self, lines: Sequence[str]) -> Sequence[str]:
        return lines[self.divider + 1 : self.end]


@dataclass(slots=True)
class Scan:
    """All blocks of a reply that end, in order.

    `first` is the index of the first SEARCH marker, `stray` of the first line outside of blocks that
    is or nearly is a marker, `outside` those of all other lines there but blanks and fences. `cut`
    says that the reply ends in a block, or in a marker.
    """

    blocks: list[SearchBlock] = field(default_factory=list)
    first: int | None = None
    stray: int | None = None
    outside: list[int] = field(default_factory=list)
    cut: bool = False


def is_search_marker(line: str) -> bool:
    """Whether a line begins a block."""
    return line.startswith("<") and _SEARCH.match(line) is not None


def scan(lines: Sequence[str], most: int | None = None) -> Scan:
    """The blocks of a reply; no more than one past `most` of them."""
    scanner = _Scanner()
    for index, line in enumerate(lines):
        if scanner.block is None:
            scanner.take_outside(index, line)
        elif line[:1] in ("<", "=", ">"):
            scanner.take_inside(scanner.block, index, line)
            if most is not None and len(scanner.found.blocks) > most:
                break
    scanner.finish(lines)
    return scanner.found


class _Scanner:
    """Inside or outside of a block, line by line."""

    def __init__(self) -> None:
        self.found = Scan()
        self.block: SearchBlock | None = None
        self._fence: tuple[int, FenceLine] | None = None
        self._before = -1

    def take_outside(self, index: int, line: str) -> None:
        first = line.lstrip(_BLANKS)[:1]
        if not first:
            return
        if first == "<" and is_search_marker(line):
            self._begin(index)
            return
        self._before = index
        if first in "`~" and self._take_fence(index, line):
            return
        if first in "<>" and _NEARLY.match(line):
            self.found.stray = index if self.found.stray is None else self.found.stray
        else:
            self.found.outside.append(index)

    def take_inside(self, block: SearchBlock, index: int, line: str) -> None:
        """A line of a block that may be a marker."""
        if _SEARCH.match(line):
            self._fault(block, index, "a SEARCH marker within a block")
        elif _DIVIDER.match(line):
            if block.divider >= 0:
                self._fault(block, index, "a second divider in one block")
            block.divider = index
        elif _REPLACE.match(line):
            if block.divider < 0:
                self._fault(block, index, "a block ends without its divider")
            block.end = index
            self.found.blocks.append(block)
            self.block = None

    def finish(self, lines: Sequence[str]) -> None:
        """A block that never ends was cut, unless its markers are wrong all the same."""
        if self.block is not None:
            self.found.cut = True
            if self.block.fault is not None:
                self.block.end = len(lines) - 1
                self.found.blocks.append(self.block)
        elif lines and len(lines[-1]) > 4:
            self.found.cut = lines[-1].startswith("<<<<<") and " SEARCH".startswith(lines[-1].lstrip("<"))

    def _begin(self, index: int) -> None:
        fence, line = self._fence or (None, None)
        self.block = SearchBlock(index, fence, line.info if line else "", self._before)
        self.found.first = index if self.found.first is None else self.found.first

    def _take_fence(self, index: int, line: str) -> bool:
        seen = fence_line(line)
        if seen is not None and self._fence is None:
            self._fence = index, seen
        elif seen is not None and self._fence is not None and seen.closes(self._fence[1]):
            self._fence = None
        return seen is not None

    def _fault(self, block: SearchBlock, index: int, why: str) -> None:
        if block.fault is None:
            block.fault = index, f"{why}, so it has two readings"
