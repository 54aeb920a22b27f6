"""The lines a block stands below: where they are in the file, and how far they reach."""

from __future__ import annotations

from collections.abc import Sequence

from harness.paths import shown

_CLOSING = (")", "]", "}")
_TAB = 8
_DEEPEST = 1_000


class NoScope(Exception):
    """Why the anchors of a block say nothing about its place: a clause."""


def scope_of(lines: Sequence[str], anchors: Sequence[str]) -> range:
    """The lines that belong to the innermost anchor, itself the first; raises `NoScope`.

    Each anchor is the only line like it in what belongs to the one before: as it stands, or else but
    for blanks around it. To a line belong those below it that are indented deeper, with blank lines
    and closing brackets among them.
    """
    scope = range(len(lines))
    for anchor in anchors:
        places = [index for index in scope if lines[index] == anchor]
        places = places or [index for index in scope if lines[index].strip() == anchor.strip()]
        if len(places) != 1:
            where = "stands there more than once" if places else "is not there"
            raise NoScope(f"its anchor `{shown(anchor)}` {where}")
        scope = range(places[0], _reach(lines, places[0], scope.stop))
    return scope


def anchor_not_above(lines: Sequence[str], anchors: Sequence[str], stop: int) -> str | None:
    """The first anchor that stands nowhere above the line `stop` and below the anchors before it."""
    above = 0
    for anchor in anchors:
        wanted = anchor.strip()
        found = next((index for index in range(above, stop) if lines[index].strip() == wanted), None)
        if found is None:
            return anchor
        above = found + 1
    return None


def _reach(lines: Sequence[str], place: int, stop: int) -> int:
    depth = _depth(lines[place])
    for index in range(place + 1, stop):
        text = lines[index].strip()
        opens = text == "{" and index == place + 1
        if text and _depth(lines[index]) <= depth and not opens and not text.startswith(_CLOSING):
            return index
    return stop


def _depth(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip(" \t"))][:_DEEPEST].expandtabs(_TAB))
