"""Hunks of a diff as data: what a file loses and gets, and where the text says that they stand."""

from __future__ import annotations

from dataclasses import dataclass

from harness.edits.diff_names import Kind

UNENDED = "\u2190"
"""Stands behind a line that has no line end. No Latin-1 text has this character."""

NO_NEWLINE = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk; all texts are Latin-1, a character a byte.

    `number` counts the hunks of a file, `line` is its header's in the reply; both from 1. The starts and
    counts are what the header says. `lines` each begin with " ", "-" or "+"; one without a line end in
    the file ends in `UNENDED`. `miscounted`: the header's counts are not those of the lines. `blank_line`
    is the first line of the reply that is context only because it is empty. `apart`: empty lines stand
    between the hunk before it and its header.
    """

    number: int
    line: int
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[str, ...]
    miscounted: bool = False
    blank_line: int | None = None
    apart: bool = False

    @property
    def old(self) -> list[str]:
        """The lines that must stand in the file."""
        return [line[1:] for line in self.lines if line[0] != "+"]

    @property
    def added(self) -> int:
        return [line[0] for line in self.lines].count("+")

    @property
    def removed(self) -> int:
        return [line[0] for line in self.lines].count("-")

    @property
    def changes_anything(self) -> bool:
        """Whether any line is added or removed."""
        return any(line[0] != " " for line in self.lines)

    @property
    def stated(self) -> int:
        """The index in the file, as it is after the hunks before, where the header says it begins."""
        return max(self.new_start - 1, 0) if self.new_count else self.new_start

    @property
    def from_start(self) -> bool:
        """Whether git wants it at the beginning of the file."""
        return self.old_start <= 1

    @property
    def to_end(self) -> bool:
        """Whether git wants it at the end of the file: there is no context behind its last change."""
        return not self.lines[-1].startswith(" ")


@dataclass(frozen=True, slots=True)
class FilePatch:
    """One file of a diff: what its header declares, its hunks, and all its lines as they stand.

    `number` counts the files of the diff, `line` is its first in the reply; both from 1. Paths are
    unquoted, None for /dev/null. `bare`: its names lack git's `a/` and `b/`. `binary`: it has data
    instead of hunks.
    """

    number: int
    line: int
    kind: Kind
    source: str | None
    target: str | None
    head: tuple[str, ...]
    text: tuple[str, ...]
    hunks: tuple[Hunk, ...] = ()
    bare: bool = False
    binary: bool = False

    @property
    def path(self) -> str:
        """What it is called when it is spoken of."""
        return self.target if self.target is not None else self.source or ""
