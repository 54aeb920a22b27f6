"""Where a diff stands in a reply: cut out of the prose and the fences around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.edits.diff_names import GIT_HEADER
from harness.edits.formats import Reply, is_fence
from harness.edits.repairs import Repair

_FENCES = ("```", "~~~")
_VERSION = re.compile(r"[0-9]+\.[0-9]")
_STRUCTURE = (GIT_HEADER, "--- ", "+++ ", "@@", "GIT binary patch", "literal ", "delta ")


@dataclass(frozen=True, slots=True)
class Body:
    """The diff without what stands around it.

    `first` is the number of its first line; `closed` says that something after it proves its end.
    """

    lines: list[str]
    first: int
    closed: bool
    repairs: tuple[Repair, ...]

    def patch(self) -> bytes:
        """The bytes for git, which end in a newline."""
        text = "\n".join(self.lines) + "\n"
        return text.encode("latin-1")


def is_pair(lines: Sequence[str], index: int) -> bool:
    """Whether the two lines from here on name a file's two sides, as any unified diff does."""
    return lines[index].startswith("--- ") and index + 1 < len(lines) and lines[index + 1].startswith("+++ ")


def diff_body(reply: Reply) -> Body:
    """The diff of a reply that holds at least one line which starts a file."""
    lines = reply.lines
    start = next(
        index
        for index, line in enumerate(lines)
        if line.startswith((GIT_HEADER, "@@ -")) or is_pair(lines, index)
    )
    last = max(i for i, line in enumerate(lines) if i >= start and line.startswith(_STRUCTURE))
    # Only in the first column: indented ones are context of a hunk.
    end = next((i for i in range(last + 1, len(lines)) if lines[i].startswith(_FENCES)), None)
    body = list(lines[start:end])
    repairs = _around(lines, start, end)
    is_unended = end is None and not reply.data.endswith(b"\n")
    if lacks_blank := _lacks_blank_line(body, last - start):
        # Git wants an empty line after binary data; replies lose it when blanks are stripped.
        body.append("")
    if is_unended or lacks_blank:
        repairs.append(Repair("final-newline", start + len(body)))
    closed = end is not None or _is_signed(lines)
    return Body(body, start + 1, closed, tuple(repairs))


def _is_signed(lines: Sequence[str]) -> bool:
    """Whether the diff ends as `git format-patch` ends a mail, with git's version."""
    told = [line for line in lines[-4:] if line.strip()]
    return len(told) > 1 and told[-2] == "-- " and _VERSION.match(told[-1]) is not None


def _around(lines: Sequence[str], start: int, end: int | None) -> list[Repair]:
    outside = [*range(start), *range(end if end is not None else len(lines), len(lines))]
    repairs: list[Repair] = []
    fences = (index for index in outside if is_fence(lines[index]))
    prose = (index for index in outside if lines[index].strip() and not is_fence(lines[index]))
    if (found := next(fences, None)) is not None:
        repairs.append(Repair("fence", found + 1))
    if (found := next(prose, None)) is not None:
        repairs.append(Repair("prose", found + 1))
    return repairs


def _lacks_blank_line(body: Sequence[str], last: int) -> bool:
    is_data = body[last].startswith(("literal ", "delta ", "GIT binary patch"))
    return is_data and all(line.strip() for line in body[last:])
