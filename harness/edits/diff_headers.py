"""The header block of one file in a git diff: which paths it names, and what it says it does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from harness.paths import shown

GIT_HEADER = "diff --git "
DEV_NULL = "/dev/null"

Kind = Literal["add", "delete", "modify", "rename", "copy"]

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
# Git writes eight at most.
_MOST_LINES = 64
_SOURCES = ("rename from ", "rename old ", "copy from ")
_TARGETS = ("rename to ", "rename new ", "copy to ")
_PREFIX = re.compile(r"[abciow12]/")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPE = re.compile(r"\\([0-3][0-7]{2}|.)")
_ESCAPED = dict(zip('abtnvfr"\\', '\a\b\t\n\v\f\r"\\', strict=True))


class NameProblem(Exception):
    """A header's file names can't be told, or can be told in two ways."""


@dataclass(slots=True)
class Section:
    """One `diff --git` block. Texts are Latin-1, a character a byte; `line` counts from 1."""

    line: int
    header: str
    extended: list[str] = field(default_factory=list)
    has_hunks: bool = False
    too_long: bool = False

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
    section.has_hunks = end < len(lines) and lines[end].startswith("@@")
    return section


def declared(section: Section) -> tuple[Kind, str | None, str | None]:
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


def plain_change(source: str | None, target: str | None) -> tuple[Kind, str | None, str | None]:
    """What two names alone say; None is /dev/null. Raises `NameProblem`."""
    if source is None and target is None:
        raise NameProblem("both its sides are /dev/null")
    if source is None or target is None:
        return "add" if source is None else "delete", source, target
    if source != target:
        raise NameProblem(f"it names `{shown(source)}` on one side, `{shown(target)}` on the other")
    return "modify", source, target


def path_of(text: str) -> str | None:
    """The path that a `---` or `+++` line names; None is `/dev/null`. Raises `NameProblem`."""
    text = text.removesuffix("\r")
    if text.startswith('"'):
        quoted = _QUOTED.match(text)
        if quoted is None:
            raise NameProblem(f"a quoted name does not end: {shown(text)}")
        name = _unquote(quoted[0])
    else:
        name = text.partition("\t")[0]
    return None if name == DEV_NULL else _decoded(_PREFIX.sub("", name, count=1))


def _last(section: Section, starts: tuple[str, ...]) -> str | None:
    """The path of the last line of a kind, as git takes it; such names have no `a/` before them."""
    for line in reversed(section.extended):
        for start in starts:
            if line.startswith(start):
                name = line.removeprefix(start).removesuffix("\r")
                return _decoded(_unquote(name) if name.startswith('"') else name)
    return None


def _plain_names(section: Section) -> tuple[str | None, str | None]:
    sides = {
        mark: path_of(line.removeprefix(mark))
        for line in section.extended
        for mark in ("--- ", "+++ ")
        if line.startswith(mark)
    }
    if len(sides) == 2:
        return sides["--- "], sides["+++ "]
    return _header_names(section.header.removeprefix(GIT_HEADER).removesuffix("\r"))


def _header_names(text: str) -> tuple[str | None, str | None]:
    """Both names of a `diff --git` line, which git reads only where they are the same."""
    if text.startswith('"'):
        first = _QUOTED.match(text)
        names = (first[0], text[first.end() + 1 :]) if first else ("", "")
    else:
        half = len(text) // 2
        names = (text[:half], text[half + 1 :])
    source, target = path_of(names[0]), path_of(names[1])
    if not source or source != target:
        raise NameProblem(f"its first line does not name one file: {shown(text)}")
    return source, target


def _unquote(quoted: str) -> str:
    """Git's C quoting undone; the text stays a character a byte."""
    if len(quoted) < 2 or not quoted.endswith('"'):
        raise NameProblem(f"a quoted name does not end: {shown(quoted)}")
    return _ESCAPE.sub(_unescape, quoted[1:-1])


def _unescape(match: re.Match[str]) -> str:
    text = match[1]
    if text.isdigit():
        return chr(int(text, 8)) if len(text) == 3 else text
    if text not in _ESCAPED:
        raise NameProblem(f"an unknown escape in a quoted name: \\{text}")
    return _ESCAPED[text]


def _decoded(name: str) -> str:
    return name.encode("latin-1").decode("utf-8", "surrogateescape")
