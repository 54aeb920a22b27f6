"""The files of a diff, told as git tells them: by their headers and the counts of their hunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.edits.binary_parts import BinaryFault, read_binary
from harness.edits.diff_headers import declared, read_section
from harness.edits.diff_hunks import FilePatch, Hunk
from harness.edits.diff_names import (
    GIT_HEADER,
    Kind,
    NameProblem,
    Names,
    is_bare,
    plain_change,
    plain_sides,
    shown_line,
)
from harness.edits.hunk_reading import HUNK_HEADER, HunkFault, read_hunk, starts_plain_file
from harness.edits.limits import Limits
from harness.edits.model import Problem
from harness.paths import shown

HINT = "Send the diff as `git diff` writes it, with complete hunks and their real line counts."
# Whoever writes the next reply needs no more; the rest is seldom about anything else.
MOST_PROBLEMS = 50


class DiffFiles:
    """What was read: the files in their order, what is wrong, and where each file began.

    `cut` says that the diff ends within the last hunk, by its counts. `first` is the number of the
    first line in the reply.
    """

    def __init__(self, lines: Sequence[str], first: int, limits: Limits) -> None:
        self.files: list[FilePatch] = []
        self.problems: list[Problem] = []
        self.starts: list[int] = []
        self.cut = False
        self._lines = lines
        self._first = first
        self._limits = limits
        self._unpacked = 0
        self._strays = 0
        self._read()

    @property
    def last(self) -> int:
        """The line of the reply at which the last file begins."""
        return self._first + (self.starts[-1] if self.starts else 0)

    def without_last(self) -> list[FilePatch]:
        """The files before the one that was begun last."""
        return [file for file in self.files if file.line < self.last]

    def _read(self) -> None:
        lines, at = self._lines, 0
        while at < len(lines) and len(self.problems) + self._strays < MOST_PROBLEMS:
            line = lines[at]
            if line.startswith(GIT_HEADER):
                at = self._git_file(at)
            elif line.startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ "):
                at = self._plain_file(at)
            else:
                if line.startswith("@@"):
                    self._stray_hunk(at)
                at += 1
            if len(self.starts) > self._limits.files:
                message = f"more than {self._limits.files} files in one diff"
                self.problems = [Problem("too-many-operations", message, "Send fewer.")]
                return

    def _git_file(self, at: int) -> int:
        self._begin(at)
        section = read_section(self._lines, at)
        end = at + section.length
        if self._is_too_long(at, end):
            return end
        try:
            names = declared(section)
        except NameProblem as problem:
            self._note("ambiguous-file-names", f"the file at line {at + self._first}: {problem}", at)
            return end
        kind, path = names[0], _spoken(names)
        if section.lacks_binary_data or self._says_they_differ(end):
            message = f"`{shown(path)}` is said to differ, but its binary data is missing"
            self._note("binary-without-data", message, at, path, "Make the diff with `git diff --binary`.")
            return end
        if section.says("GIT binary patch") and not section.is_binary:
            message = f"`{shown(path)}`: git takes binary data only below a line `GIT binary patch`"
            self._note("bad-binary", message, end - 1, path)
        hunks, behind = ([], self._binary(end, path)) if section.is_binary else self._hunks(end, path, kind)
        if not hunks and not section.changes_anything:
            self._note_empty(path, at, end)
        self._add(names, at, end, behind, hunks)
        return behind

    def _plain_file(self, at: int) -> int:
        """A file of a traditional diff, which has no header of git's."""
        self._begin(at)
        end = at + 2
        if self._is_too_long(at, end):
            return end
        try:
            names = plain_change(*plain_sides(self._lines[at], self._lines[at + 1]))
        except NameProblem as problem:
            self._note("ambiguous-file-names", f"a file without a `diff --git` line: {problem}", at)
            return end
        path = _spoken(names)
        if not starts_plain_file(self._lines, at):
            self._note_empty(path, at, end)
            return end
        hunks, behind = self._hunks(end, path, names[0])
        if not hunks:
            self._note_empty(path, at, end)
        self._add(names, at, end, behind, hunks)
        return behind

    def _hunks(self, at: int, path: str, kind: Kind) -> tuple[list[Hunk], int]:
        hunks: list[Hunk] = []
        while (header := self._next_hunk(at, bool(hunks))) is not None:
            is_apart, at = header > at, header
            try:
                hunk, behind, self.cut = read_hunk(self._lines, at, len(hunks) + 1, self._first)
            except HunkFault as fault:
                told = f"the diff can't be read at line {fault.index + self._first}"
                self._note("bad-diff", f"{told}: {fault.message}", fault.index, path)
                return hunks, max(fault.index, at + 1)
            impossible = {"add": " -", "delete": " +"}.get(kind, "")
            if any(line[0] in impossible for line in hunk.lines):
                what = "a new file has no old lines" if kind == "add" else "a deleted file keeps no lines"
                self._note("bad-diff", f"hunk {hunk.number} of `{shown(path)}`: {what}", at, path)
            hunks.append(replace(hunk, apart=is_apart))
            at = behind
        return hunks, at

    def _next_hunk(self, at: int, is_later: bool) -> int | None:
        """The index of the header here, or behind empty lines between two hunks; None: no more."""
        while is_later and at < len(self._lines) and not self._lines[at].rstrip("\r"):
            at += 1
        return at if at < len(self._lines) and HUNK_HEADER.match(self._lines[at]) else None

    def _binary(self, at: int, path: str) -> int:
        try:
            part = read_binary(self._lines, at, self._limits)
        except BinaryFault as fault:
            message = f"`{shown(path)}`: {fault.message}"
            hint = "Leave large binary files out." if fault.code == "binary-too-large" else ""
            hint = hint or "Make the diff with `git diff --binary`, and send all of it."
            self._note(fault.code, message, fault.index, path, hint)
            return max(fault.index, at)
        self._unpacked += part.unpacked
        if self._unpacked > self._limits.binary_bytes:
            message = f"its binary parts declare more than {self._limits.binary_bytes} bytes"
            self._note("binary-too-large", message, at, path, "Leave large binary files out.")
        return part.end

    def _begin(self, at: int) -> None:
        self.starts.append(at)
        self.cut = False

    def _add(self, names: Names, at: int, end: int, behind: int, hunks: Sequence[Hunk]) -> None:
        """Note a file whose header stands in the lines from `at` to `end`, and which ends at `behind`."""
        head = tuple(self._lines[at:end])
        file = FilePatch(
            number=len(self.starts),
            line=at + self._first,
            kind=names[0],
            source=names[1],
            target=names[2],
            head=head,
            text=tuple(self._lines[at:behind]),
            hunks=tuple(hunks),
            bare=is_bare(head),
            binary=not hunks and behind > end,
        )
        self.files.append(file)

    def _stray_hunk(self, at: int) -> None:
        number = at + self._first
        self._strays += 1
        if not HUNK_HEADER.match(self._lines[at]):
            message = f"line {number} is no hunk header: {shown_line(self._lines[at])}"
            self._note("bad-hunk-header", message, at)
        elif not self._is_faulty():
            message = f"the diff can't be read at line {number}: a hunk that belongs to no file"
            self._note("bad-diff", message, at)

    def _is_too_long(self, at: int, end: int) -> bool:
        limit = self._limits.header_line_bytes
        long = next((i for i in range(at, end) if len(self._lines[i]) > limit), None)
        if long is None:
            return False
        size = len(self._lines[long])
        message = f"the header in line {long + self._first} has {size} bytes; {limit} are the limit"
        self._note("line-too-long", message, long, hint="")
        return True

    def _says_they_differ(self, at: int) -> bool:
        """Whether git would look for a file's new content among its objects."""
        line = self._lines[at] if at < len(self._lines) else ""
        return line.startswith("Files ") and line.endswith(" differ")

    def _note_empty(self, path: str, at: int, end: int) -> None:
        if self._is_faulty() or (end < len(self._lines) and self._lines[end].startswith("@@")):
            return  # What is wrong with the hunks says more.
        message = f"`{shown(path)}` has a header but no hunk, so nothing would change"
        self._note("empty-file-diff", message, at, path)

    def _is_faulty(self) -> bool:
        """Whether something is wrong with the file already, so that the rest of it can't be told."""
        return bool(self.starts and self.problems and self.problems[-1].operation == len(self.starts))

    def _note(self, code: str, message: str, at: int, path: str | None = None, hint: str = HINT) -> None:
        # An empty last line may have been added for git; the reply doesn't have it.
        last = len(self._lines) - (1 if self._lines[-1] else 2)
        line = min(at, last) + self._first
        self.problems.append(Problem(code, message, hint, path, len(self.starts) or None, line))


def _spoken(names: Names) -> str:
    """What a file is called when it is spoken of."""
    _, source, target = names
    return target if target is not None else source or ""
