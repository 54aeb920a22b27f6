"""How far a value reaches that the decoder can't follow: told by lines and indentation alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from harness.edits.json_signs import BLANKS

_CLOSERS = ("}", "]")
_SPACE = " \t\r\n"

# How many lines that aren't indented deeper than its bracket a block may have, and how deep that is.
_MOST_BESIDE = 1000
_MOST_INDENTATION = 200
# The end of a stretch is looked at first, as a line may be long.
_NEAR = 1000
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
    if _is_balanced(text, start, closed_end(text, start, end)):
        return Block(end, True)
    inside = _inside(_indentation(text, start))
    most = len(text) if until is None else line_end(text, until)
    for _ in range(_MOST_BESIDE):
        behind = inside.match(text, end, most)
        begin = behind.end() if behind else end
        if begin >= most:
            break
        line = text[begin + 1 : line_end(text, begin + 1)]
        body = line.strip(BLANKS)
        if not body:
            break
        after = begin + 1 + len(line)
        if body.startswith(_CLOSERS):
            return Block(after, body.removesuffix(",").rstrip(BLANKS) in _CLOSERS)
        if not _MEMBER.match(body) or _BLANK_LINE.search(text, end, begin + 1):
            break
        end = begin = after
    return Block(begin, False)


@cache
def _inside(indentation: int) -> re.Pattern[str]:
    """Lines from a line break on that are blank, or indented deeper."""
    deeper = rf"[ \t\r]{{{indentation + 1},}}+[^ \t\r\n][^\n]*+"
    return re.compile(rf"(?:\n[ \t\r]*+(?=\n|\Z)|\n{deeper})*+")


def line_end(text: str, position: int) -> int:
    """Where the line ends that a position is in: its line break, or the end of the text."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def content_end(text: str, start: int, end: int) -> int:
    """The end of a stretch of text without blanks and line breaks at its end; `start` of these alone."""
    near = max(start, end - _NEAR)
    content = len(text[near:end].rstrip(_SPACE))
    return near + content if content else start + len(text[start:near].rstrip(_SPACE))


def closed_end(text: str, start: int, end: int) -> int:
    """Behind the closing bracket that ends a stretch of text but for a comma and blanks; `start` without."""
    last = content_end(text, start, end)
    if text.endswith(",", start, last):
        last = content_end(text, start, last - 1)
    return last if text.endswith(_CLOSERS, start, last) else start


def _is_balanced(text: str, start: int, end: int) -> bool:
    """Whether as many brackets are opened as closed, those in strings included."""
    return start < end and all(
        text.count(a, start, end) == text.count(b, start, end) for a, b in ("{}", "[]")
    )


def _indentation(text: str, start: int) -> int:
    """How many blanks the line of a position begins with; nothing is written deeper than the most."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    return min(len(before) - len(before.lstrip(BLANKS)), _MOST_INDENTATION)
