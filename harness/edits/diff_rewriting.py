"""A file of a diff written anew: its hunks where they belong, with the file's own lines around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.edits.diff_hunks import NO_NEWLINE, UNENDED
from harness.edits.free_lines import Placed

_CONTEXT = 3


def rewritten(head: Sequence[str], lines: Sequence[str], placed: Sequence[Placed]) -> list[str]:
    """The lines of a file's diff. `lines` are the file's, `placed` its hunks, sorted by their place."""
    text, growth = list(head), 0
    for group in _groups(placed):
        first = max(group[0].start - _CONTEXT, 0)
        last = min(group[-1].end + _CONTEXT, len(lines))
        body = _body(lines, group, first, last)
        grown = sum(each.growth for each in group)
        text.append(_header(first, last - first, first + growth, last - first + grown))
        for line in body:
            text += [line] if not line.endswith(UNENDED) else [line.removesuffix(UNENDED), NO_NEWLINE]
        growth += grown
    return text


def changed_lines(lines: Sequence[str], placed: Sequence[Placed]) -> list[str]:
    """The file's lines after the hunks."""
    changed: list[str] = []
    at = 0
    for each in placed:
        changed += lines[at : each.start]
        changed += [line[1:] for line in each.lines if line[0] != "-"]
        at = each.end
    return [*changed, *lines[at:]]


def _groups(placed: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Hunks so near to each other that they share context."""
    group: list[Placed] = []
    for each in placed:
        if group and each.start - group[-1].end > 2 * _CONTEXT:
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _body(lines: Sequence[str], group: Sequence[Placed], first: int, last: int) -> list[str]:
    body: list[str] = []
    for each in group:
        body += [f" {line}" for line in lines[first : each.start]]
        body += each.lines
        first = each.end
    return body + [f" {line}" for line in lines[first:last]]


def _header(old_start: int, old_count: int, new_start: int, new_count: int) -> str:
    """git numbers lines from 1; a side without lines has the number of the line before it."""
    old = old_start + 1 if old_count else old_start
    new = new_start + 1 if new_count else new_start
    return f"@@ -{old},{old_count} +{new},{new_count} @@"
