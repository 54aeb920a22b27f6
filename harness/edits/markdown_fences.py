"""Fenced code blocks as CommonMark has them: where they open, where they close, what they say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_MARKS = ("```", "~~~")
_STARTS = (" ", *_MARKS)
_DEEPEST = 3
_SHORT = 60
_BLANKS = " \t\r"


class FenceLine(NamedTuple):
    """A line that can open or close a block: its character, how many, blanks before, text behind."""

    mark: str
    length: int
    indent: int
    info: str

    def closes(self, opening: FenceLine) -> bool:
        """Whether it ends a block: as long at least, the same character, and nothing behind it."""
        return not self.info and self.mark == opening.mark and self.length >= opening.length

    def could_open_within(self, opening: FenceLine) -> bool:
        """Whether it stands in an open block as content, but looks like the opening of another."""
        return bool(self.info) and self.mark == opening.mark and self.length >= opening.length


class Fence(NamedTuple):
    """A block: indexes of its opening and closing line (None: never closed) and of its content.

    `nested` is the index of the first line in it that looks like the opening of another block.
    """

    opening: int
    closing: int | None
    line: FenceLine
    nested: int | None = None

    def content(self, lines: Sequence[str]) -> Sequence[str]:
        """What stands between the two lines."""
        return lines[self.opening + 1 : self.closing]


def fence_line(line: str) -> FenceLine | None:
    """What a line is as a fence, None if it is none. More than three blanks before it are too many."""
    # A reply repeats its fences, and a hostile one has nothing else.
    return _short_fence_line(line) if len(line) <= _SHORT else _fence_line(line)


def _fence_line(line: str) -> FenceLine | None:
    text = line.lstrip(" ")
    if not text.startswith(_MARKS) or len(line) - len(text) > _DEEPEST:
        return None
    behind = text.lstrip(text[0])
    info = behind.strip(_BLANKS)
    if text[0] == "`" and "`" in info:
        return None
    return FenceLine(text[0], len(text) - len(behind), len(line) - len(text), info)


_short_fence_line = lru_cache(maxsize=256)(_fence_line)


def fences(lines: Sequence[str]) -> list[Fence]:
    """All blocks in order. Only the last one can be unclosed: it reaches to the end."""
    found: list[Fence] = []
    start, opening, nested = 0, None, None
    for index, line in enumerate(lines):
        if not line.startswith(_STARTS) or (seen := fence_line(line)) is None:
            continue
        if opening is None:
            start, opening, nested = index, seen, None
        elif seen.closes(opening):
            found.append(Fence(start, index, opening, nested))
            opening = None
        elif nested is None and seen.could_open_within(opening):
            nested = index
    if opening is not None:
        found.append(Fence(start, None, opening, nested))
    return found
