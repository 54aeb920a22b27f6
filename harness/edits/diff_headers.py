"""The header block of one file in a git diff: which paths it names, and what it says it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.edits.diff_names import (
    GIT_HEADER,
    Kind,
    NameProblem,
    Names,
    halves,
    is_bare,
    literal_path,
    path_of,
    plain_change,
    shown_line,
)

# What git reads on in a header block; the first line that is none of these ends it.
_EXTENDED = (
    "old mode ",
    "new mode ",
    "deleted file mode ",
    "new file mode ",
    "copy from ",
    "copy to ",
    "rename old ",
    "rename new ",
    "rename from ",
    "rename to ",
    "similarity index ",
    "dissimilarity index ",
    "index ",
    "--- ",
    "+++ ",
    "GIT binary patch",
    "Binary files ",
)
_LAST = ("GIT binary patch", "Binary files ")
# Git writes eight at most.
_MOST_LINES = 64
_SOURCES = ("rename from ", "rename old ", "copy from ")
_TARGETS = ("rename to ", "rename new ", "copy to ")


@dataclass(slots=True)
class Section:
    """One `diff --git` block. Texts are Latin-1, a character a byte; `line` counts from 1."""

    line: int
    header: str
    extended: list[str] = field(default_factory=list)
    has_hunks: bool = False
    too_long: bool = False

    @property
    def length(self) -> int:
        """How many lines it has, without its hunks or data."""
        return 1 + len(self.extended)

    @property
    def is_binary(self) -> bool:
        """Whether git looks for binary data behind it."""
        return bool(self.extended) and self.extended[-1] == "GIT binary patch"

    def says(self, *starts: str) -> bool:
        """Whether a line of the block starts with one of these."""
        return any(line.startswith(starts) for line in self.extended)

    @property
    def changes_anything(self) -> bool:
        """Whether the block alone, without any hunk, is a change."""
        modes = ("new file mode ", "deleted file mode ", "new mode ")
        return self.says(*modes, "GIT binary patch", *_SOURCES)

    @property
    def lacks_binary_data(self) -> bool:
        """Whether it only states that binary files differ."""
        return self.says("Binary files ") and not self.says("GIT binary patch")


def read_section(lines: Sequence[str], index: int) -> Section:
    """The block whose `diff --git` line is `lines[index]`."""
    section = Section(index + 1, lines[index])
    end = index + 1
    while end < len(lines) and lines[end].startswith(_EXTENDED):
        if len(section.extended) == _MOST_LINES:
            section.too_long = True
            break
        section.extended.append(lines[end])
        end += 1
        if lines[end - 1].startswith(_LAST):
            break
    section.has_hunks = end < len(lines) and lines[end].startswith("@@")
    return section


def declared(section: Section) -> Names:
    """What a block says it does, and its source and target path; raises `NameProblem`."""
    if section.too_long:
        raise NameProblem(f"its header has more than {_MOST_LINES} lines")
    moved_from, moved_to = _last(section, _SOURCES), _last(section, _TARGETS)
    if moved_from is not None and moved_to is not None:
        kind: Kind = "copy" if section.says("copy from ") else "rename"
        return kind, moved_from, moved_to
    source, target = _plain_names(section)
    path = target if target is not None else source
    if section.says("new file mode ") and path is not None:
        return "add", None, path
    if section.says("deleted file mode ") and source is not None:
        return "delete", source, None
    return plain_change(source, target)


def _last(section: Section, starts: tuple[str, ...]) -> str | None:
    """The path of the last line of a kind, as git takes it; such names have no `a/` before them."""
    for line in reversed(section.extended):
        for start in starts:
            if line.startswith(start):
                return literal_path(line.removeprefix(start))
    return None


def _plain_names(section: Section) -> tuple[str | None, str | None]:
    bare = is_bare((section.header, *section.extended))
    sides = {
        mark: path_of(line.removeprefix(mark), bare)
        for line in section.extended
        for mark in ("--- ", "+++ ")
        if line.startswith(mark)
    }
    if len(sides) == 2:
        return sides["--- "], sides["+++ "]
    return _header_names(section.header.removeprefix(GIT_HEADER).removesuffix("\r"), bare)


def _header_names(text: str, bare: bool) -> tuple[str | None, str | None]:
    """Both names of a `diff --git` line, which git reads only where they are the same."""
    names = halves(text)
    source, target = path_of(names[0], bare), path_of(names[1], bare)
    if not source or source != target:
        raise NameProblem(f"its first line does not name one file: {shown_line(text)}")
    return source, target
