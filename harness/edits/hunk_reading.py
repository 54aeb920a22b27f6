"""Reading a hunk as git does: by the counts of its header; by its lines where those are wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from harness.edits.diff_hunks import UNENDED, Hunk
from harness.edits.diff_names import shown_line

HUNK_HEADER = re.compile(r"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@")

# git takes any text of at least this length, as it is translated.
_SHORTEST_MARKER = 11
_VERSION = re.compile(r"[0-9]+\.[0-9]")
_BULLET = re.compile(r"[-+] \S")
_FENCES = ("```", "~~~")
FENCE_WITHIN = "a fence in the hunk before it, whose lines go on below; a line of context begins with a blank"


class HunkFault(Exception):
    """Why the lines of a hunk can't be told; `index` is the line where that was seen."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.message = message
        self.index = index


def read_hunk(lines: Sequence[str], at: int, number: int, first: int) -> tuple[Hunk, int, bool]:
    """The hunk whose header is `lines[at]`, the index behind it, and whether it may have been cut off.

    `first` is the number of `lines[0]` in the reply. Where the header's counts don't add up, all lines
    belong to the hunk that carry a prefix or are empty, up to whatever can be none. Raises `HunkFault`.
    """
    header = HUNK_HEADER.match(lines[at])
    if header is None:
        raise HunkFault("this is no hunk header", at)
    old_start, old_count, new_start, new_count = (
        1 if part is None else int(part) for part in header.groups()
    )
    end, cut = _counted_end(lines, at + 1, old_count, new_count), False
    miscounted = end is None or _goes_on(lines, end)
    if end is None or miscounted:
        end, cut = _structural_end(lines, at + 1)
    signed, blank = _signed(lines, at + 1, end)
    hunk = Hunk(
        number, first + at, old_start, old_count, new_start, new_count, signed, miscounted,
        None if blank is None else first + blank,
    )  # fmt: skip
    short = len(signed) - hunk.added < old_count or len(signed) - hunk.removed < new_count
    is_cut = cut and miscounted and short
    if not is_cut and not hunk.changes_anything:
        raise HunkFault("the hunk changes nothing", at)
    return hunk, end, is_cut


def starts_plain_file(lines: Sequence[str], at: int) -> bool:
    """Whether three lines from here on begin a file without a header of git's."""
    return lines[at].startswith("--- ") and at + 2 < len(lines) and (
        lines[at + 1].startswith("+++ ") and lines[at + 2].startswith("@@")
    )  # fmt: skip


def is_marker(line: str) -> bool:
    """Whether a line says that the one before it has no line end."""
    return line.startswith("\\ ") and len(line) >= _SHORTEST_MARKER


def _counted_end(lines: Sequence[str], at: int, old: int, new: int) -> int | None:
    """The index behind the lines that the counts ask for, None if there are no such lines."""
    while old > 0 or new > 0:
        if at == len(lines):
            return None
        sign = lines[at][:1]
        if sign in ("", " "):
            old, new = old - 1, new - 1
        elif sign == "+":
            new -= 1
        elif sign == "-":
            old -= 1
        elif not is_marker(lines[at]):
            return None
        if old < 0 or new < 0:
            return None
        at += 1
    return at + 1 if at < len(lines) and is_marker(lines[at]) else at


def is_within_hunk(lines: Sequence[str], fence: int, miscounted: bool = True) -> bool:
    """Whether the fence behind a hunk may be a line of its context that lost its blank.

    Lines that change something follow then: right behind it, where the counts are right without them;
    else behind more lines of a hunk, or, where the fence has a language and so can't end one, behind any.
    """
    behind = range(fence + 1, len(lines) if miscounted else min(fence + 2, len(lines)))
    rest = takewhile(lambda at: not lines[at].startswith(("@@", "diff --git ", "--- ")), behind)
    if not lines[fence].strip("`~ \t\r"):
        rest = takewhile(lambda at: lines[at][:1] in " +-\r" or lines[at].startswith(_FENCES), rest)
    return any(_is_change(lines[at]) for at in rest)


def _is_change(line: str) -> bool:
    """Whether a line can be one of a hunk that is added or removed, and neither of a list nor a rule."""
    return line[:1] in ("+", "-") and not _BULLET.match(line) and not line.startswith("---")


def _goes_on(lines: Sequence[str], end: int) -> bool:
    """Whether more lines of the hunk follow than its header says; git would drop them in silence."""
    if end == len(lines) or starts_plain_file(lines, end) or lines[end].rstrip() == "--":
        return False
    if lines[end].startswith(_FENCES):
        return is_within_hunk(lines, end, miscounted=False)
    if lines[end].strip():
        return lines[end][0] in " +-"
    while end < len(lines) and not lines[end].strip():
        end += 1
    if end == len(lines) or starts_plain_file(lines, end) or lines[end].rstrip() == "--":
        return False
    return lines[end][0] in "+-" and not _BULLET.match(lines[end])


def _structural_end(lines: Sequence[str], start: int) -> tuple[int, bool]:
    """The index behind all lines that can be a hunk's, and whether nothing follows; raises `HunkFault`."""
    end = start
    while end < len(lines) and lines[end][:1] in (" ", "+", "-", "\\", ""):
        if starts_plain_file(lines, end) or _is_signature(lines, end):
            break
        if lines[end].startswith(("--- ", "+++ ")):
            raise HunkFault("a line that may be of the hunk before it, or a header", end)
        end += 1
    behind = lines[end] if end < len(lines) else None
    if behind is not None and not behind.startswith(("@@", "diff --git ", "--- ", "-- ", *_FENCES)):
        message = f"a hunk's line begins with a blank, `+` or `-`, and this is `{shown_line(behind)}`"
        raise HunkFault(f"{message}; without it the counts of the header are wrong", end)
    if behind is not None and behind.startswith(_FENCES) and is_within_hunk(lines, end):
        raise HunkFault(FENCE_WITHIN, end)
    while end > start and not lines[end - 1]:
        end -= 1
    return end, behind is None


def _is_signature(lines: Sequence[str], at: int) -> bool:
    return lines[at] == "-- " and at + 1 < len(lines) and _VERSION.match(lines[at + 1]) is not None


def _signed(lines: Sequence[str], start: int, end: int) -> tuple[tuple[str, ...], int | None]:
    """The lines, each with a prefix and without markers, and the first that was empty."""
    if {line[:1] for line in lines[start:end]} <= {" ", "+", "-"}:
        return tuple(lines[start:end]), None
    signed: list[str] = []
    blank: int | None = None
    closed = ""  # The prefixes that may not follow, as their side has ended.
    for at in range(start, end):
        line = lines[at]
        if line.startswith("\\"):
            if not signed or signed[-1].endswith(UNENDED) or not lines[at - 1] or not is_marker(line):
                raise HunkFault("a line that no hunk can have here", at)
            closed += {" ": " -+", "-": " -", "+": " +"}[signed[-1][0]]
            signed[-1] += UNENDED
            continue
        if not line:
            blank = at if blank is None else blank
            line = " "
        if line[0] in closed:
            raise HunkFault("a line that comes after the end of the file", at)
        signed.append(line)
    return tuple(signed), blank
