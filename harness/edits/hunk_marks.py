"""The byte-order mark of a file, which nobody sees, and so no hunk repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.edits.diff_hunks import Hunk
from harness.edits.free_lines import Placed
from harness.edits.repairs import Repair

# A character a byte, as all of a diff is.
_MARK = "\xef\xbb\xbf"


def without_mark(lines: Sequence[str], hunks: Sequence[Hunk]) -> list[str] | None:
    """The file's lines without its mark; None where it has none, or the diff has one too."""
    if not lines or not lines[0].startswith(_MARK):
        return None
    if any(line.startswith(_MARK, 1) for hunk in hunks for line in hunk.lines):
        return None
    return [lines[0].removeprefix(_MARK), *lines[1:]]


def with_mark(placed: Placed, path: str) -> Placed:
    """A hunk placed in such lines, for the file as it is, which keeps its mark."""
    if placed.start > 0 or placed.end == 0:
        return placed
    lines = list(placed.lines)
    old = next(at for at, line in enumerate(lines) if line[0] != "+")
    new = next((at for at, line in enumerate(lines) if line[0] != "-"), old)
    for at in sorted({old, new}, reverse=True):
        lines[at : at + 1] = _marked(lines[at], at == old, at == new)
    repair = Repair(
        "byte-order-mark", 1, "the file begins with one, which the diff lacks, and keeps it", path
    )
    return replace(Placed.of(placed.start, lines), repairs=(*placed.repairs, repair))


def _marked(line: str, is_old: bool, is_new: bool) -> list[str]:
    """A line with the mark on the sides on which it is the first one."""
    sign, text = line[0], line[1:]
    if sign != " " or (is_old and is_new):
        return [f"{sign}{_MARK}{text}"]
    return [f"-{_MARK if is_old else ''}{text}", f"+{_MARK if is_new else ''}{text}"]
