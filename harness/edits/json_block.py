"""How far a value reaches that the decoder can't follow: told by lines and indentation alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from harness.edits.json_signs import BLANKS

CLOSERS = ("}", "]")

# How many lines that aren't indented deeper than its bracket a block may have, and how deep that is.
_MOST_BESIDE = 1000
_MOST_INDENTATION = 200
_MEMBER = re.compile(r"""["'`“”‘’\xe2]|//|/\*|[A-Za-z_$][\w$]*+[ \t]*+[:=]""")
_BLANK_LINE = re.compile(r"\n[ \t\r]*+\n")


@dataclass(frozen=True, slots=True)
class Block:
    """The stretch of text up to `end`, the end of a line; `closed` where that line closes it."""

    end: int
    closed: bool


def block_at(text: str, start: int, until: int | None = None) -> Block:
    """The block a bracket at `start` opens. It ends before what can't belong to it any more.

    Closed by its own line, or by the next line of the same indentation that is a closing bracket.
    `until` is a position up to which it matters; the block may then end anywhere behind it.
    """
    end = line_end(text, start)
    if until is not None and until < end:
        return Block(end, False)
    if _closes_itself(text[start:end]):
        return Block(end, True)
    inside = _inside(_indentation(text, start))
    for _ in range(_MOST_BESIDE):
        behind = inside.match(text, end, len(text) if until is None else line_end(text, until))
        begin = behind.end() if behind else end
        line = text[begin + 1 : line_end(text, begin + 1)]
        body = line.strip(BLANKS)
        if not body:
            return Block(begin, False)
        after = begin + 1 + len(line)
        if body.startswith(CLOSERS):
            return Block(after, without_comma(body) in CLOSERS)
        if not _MEMBER.match(body) or _BLANK_LINE.search(text, end, begin + 1):
            return Block(begin, False)
        end = after
    return Block(end, False)


@lru_cache(maxsize=64)
def _inside(indentation: int) -> re.Pattern[str]:
    """Lines from a line break on that are blank, or indented deeper."""
    deeper = rf"[ \t\r]{{{indentation + 1},}}+[^ \t\r\n][^\n]*+"
    return re.compile(rf"(?:\n[ \t\r]*+(?=\n|\Z)|\n{deeper})*+")


def line_end(text: str, position: int) -> int:
    """Where the line ends that a position is in: its line break, or the end of the text."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def without_comma(body: str) -> str:
    """A text without the comma and the blanks behind it."""
    return body.rstrip(" \t\r\n").removesuffix(",").rstrip(" \t\r\n")


def _closes_itself(line: str) -> bool:
    body = without_comma(line)
    return body.endswith(CLOSERS) and all(body.count(a) == body.count(b) for a, b in ("{}", "[]"))


def _indentation(text: str, start: int) -> int:
    """How many blanks the line of a position begins with; nothing is written deeper than the most."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    return min(len(before) - len(before.lstrip(BLANKS)), _MOST_INDENTATION)
