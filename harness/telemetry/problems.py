"""Lines that aren't rows: the first of each file one by one, and all of them counted by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from harness.telemetry.reader import BadLine, Row

LISTED = 1000
"""Of the bad lines of a file so many are listed, the first ones; the others are counted."""


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """How many lines of a file aren't rows for one kind of reason, listed ones included."""

    source: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Problems:
    """Bad lines: of each file the first `LISTED`, by file and line, and the full counts."""

    listed: tuple[BadLine, ...] = ()
    counts: tuple[ProblemCount, ...] = ()

    @property
    def total(self) -> int:
        """How many lines there are, listed or not."""
        return sum(entry.count for entry in self.counts)


class ProblemTally:
    """Gathers the bad lines of files as they are read, each file from its top."""

    def __init__(self) -> None:
        self._listed: dict[str, list[BadLine]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, problem: BadLine) -> None:
        """Take one more line."""
        listed = self._listed.setdefault(problem.source, [])
        if len(listed) < LISTED:
            listed.append(problem)
        self._counts[problem.source, problem.kind] += 1

    def problems(self) -> Problems:
        """What was gathered."""
        return _problems((entry for listed in self._listed.values() for entry in listed), self._counts)


def gathered(found: Iterable[BadLine]) -> Problems:
    """Bad lines, those of each file in their order."""
    tally = ProblemTally()
    for problem in found:
        tally.add(problem)
    return tally.problems()


def separated(entries: Iterable[Row | BadLine]) -> tuple[list[Row], Problems]:
    """The rows among what was read, and the other lines."""
    rows, tally = list[Row](), ProblemTally()
    for entry in entries:
        if isinstance(entry, Row):
            rows.append(entry)
        else:
            tally.add(entry)
    return rows, tally.problems()


def joined(parts: Iterable[Problems]) -> Problems:
    """All of several together, which may be of the same files."""
    listed: list[BadLine] = []
    counts: Counter[tuple[str, str]] = Counter()
    for part in parts:
        listed += part.listed
        for entry in part.counts:
            counts[entry.source, entry.kind] += entry.count
    return _problems(listed, counts)


def _problems(listed: Iterable[BadLine], counts: Counter[tuple[str, str]]) -> Problems:
    by_source: Counter[str] = Counter()
    kept = []
    for problem in sorted(listed, key=lambda problem: (problem.source, problem.line)):
        by_source[problem.source] += 1
        if by_source[problem.source] <= LISTED:
            kept.append(problem)
    ordered = sorted(counts.items(), key=lambda entry: (entry[0][0], -entry[1], entry[0][1]))
    return Problems(tuple(kept), tuple(ProblemCount(*key, count) for key, count in ordered))
