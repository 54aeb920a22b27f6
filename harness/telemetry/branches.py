"""Telemetry that stands on several branches: what a file adds to those already read."""

from __future__ import annotations

from collections.abc import Iterable

from harness.telemetry.reader import BadLine, Row, read_rows
from harness.telemetry.sample import Sample


def further_rows(rows: Iterable[Row], files: Iterable[tuple[str, bytes]]) -> tuple[list[Row], list[BadLine]]:
    """The rows of `files`, (source, content) pairs, that are no copies of rows already there.

    Branches share most of their files, so an equal row is the same one seen again, not a duplicate; one
    that contradicts stays, to be reported. Rows without an attempt, which may repeat within a file, count
    as often as in the file that has them most often.
    """
    seen = _counted(rows)
    further: list[Row] = []
    problems: list[BadLine] = []
    reported: set[tuple[str, str]] = set()
    for source, content in files:
        found, refused = read_rows(content, source)
        here: dict[Sample, int] = {}
        for row in found:
            here[row.sample] = here.get(row.sample, 0) + 1
            if here[row.sample] > seen.get(row.sample, 0):
                further.append(row)
        for sample, count in here.items():
            seen[sample] = max(count, seen.get(sample, 0))
        problems += [p for p in refused if _is_new(p, source, reported)]
    return further, problems


def _counted(rows: Iterable[Row]) -> dict[Sample, int]:
    counts: dict[Sample, int] = {}
    for row in rows:
        counts[row.sample] = counts.get(row.sample, 0) + 1
    return counts


def _is_new(problem: BadLine, source: str, reported: set[tuple[str, str]]) -> bool:
    """Whether a bad line is the first of its file's name and reason; branches repeat it, too."""
    key = (source.partition(":")[2], f"{problem.line}: {problem.reason}")
    is_new = key not in reported
    reported.add(key)
    return is_new
