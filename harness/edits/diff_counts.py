"""Counts of a diff's hunks, by unidiff, which is given neutral names and no long header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.edits.diff_headers import Section, read_section
from harness.edits.diff_names import GIT_HEADER, shown_line
from harness.paths import shown

# A character no Latin-1 text has: names made of it can't be names of the diff.
_NEUTRAL = "\u2190"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many hunks a file has, and how many lines they add and remove."""

    hunks: int = 0
    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """The files of a diff: those with a header block of git's, and the others with both names."""

    sections: tuple[tuple[Section, Counts], ...]
    plain: tuple[tuple[str, str, Counts], ...]


class CountProblem(Exception):
    """What is wrong with the hunks, and the index of the line where it was seen."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.message = message
        self.index = index


def count(lines: Sequence[str]) -> Counted:
    """The files of a diff and the counts of their hunks; raises `CountProblem`."""
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    feed = _Feed(lines)
    try:
        parsed = PatchSet(feed, metadata_only=True)
    except UnidiffParseError as error:
        seen = lines[feed.at] if lines else ""
        message = shown(str(error).rstrip("\n"))
        if _is_prose(seen):
            message = f"the hunk before it is shorter than its header says; it runs into: {shown_line(seen)}"
        raise CountProblem(message, feed.at) from None
    found = [
        (file.source_file, file.target_file, Counts(len(file), file.added, file.removed)) for file in parsed
    ]
    by_name = {source: counts for source, _, counts in found}
    sections = enumerate(feed.sections)
    return Counted(
        tuple((section, by_name.get(_neutral(number), Counts())) for number, section in sections),
        tuple(file for file in found if not file[0].startswith(_NEUTRAL)),
    )


def _neutral(number: int) -> str:
    return f"{_NEUTRAL}{number}"


def _is_prose(line: str) -> bool:
    """Whether a line can neither stand in a hunk nor name a plain file."""
    return line != "" and line[0] not in " +-\\@\r"


class _Feed:
    """The lines for unidiff: header blocks of git replaced by plain ones with neutral names, prose by
    one line of it.

    So names that unidiff reads in another way than git can't confuse it, nor long lines hold it up.
    `at` is the index of the line it is reading.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.sections: list[Section] = []
        self.at = 0

    def __iter__(self) -> Iterator[str]:
        lines = iter(enumerate(self.lines))
        in_prose = False
        for self.at, line in lines:
            if line.startswith(GIT_HEADER):
                section = read_section(self.lines, self.at)
                yield from self._header(section)
                for _ in section.extended:
                    next(lines)
            elif not _is_prose(line):
                yield line + "\n"
            elif not in_prose:
                yield "prose\n"
            in_prose = _is_prose(line) and not line.startswith(GIT_HEADER)

    def _header(self, section: Section) -> Iterator[str]:
        # Prose first: in an unfinished hunk it is an error, where `---` would be a removed line.
        yield "header\n"
        if section.has_hunks:
            yield f"--- {_neutral(len(self.sections))}\n"
            yield f"+++ {_neutral(len(self.sections))}\n"
        self.sections.append(section)
