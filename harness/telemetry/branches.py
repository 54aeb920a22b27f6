"""Telemetry that stands on several branches: what a file adds to those already read."""

from __future__ import annotations

from collections.abc import Iterable

from harness.telemetry.reader import BadLine, Row, read_rows
from harness.telemetry.sample import Sample


def further_rows(
    rows: Iterable[Row], files: Iterable[tuple[str, bytes]], problems_there: Iterable[BadLine] = ()
) -> tuple[list[Row], list[BadLine]]:
    """The rows of `files`, (source, content) pairs, that are no copies of rows already there.

    Branches share most of their files, so an equal row is the same one seen again, not a duplicate; one
    that contradicts stays, to be reported. Rows without an attempt, which may repeat within a file, count
    as often as in the file that has them most often. A bad line is told once: not again where a file of
    that name had it among `problems_there`.
    """
    seen = _counted(rows)
    further: list[Row] = []
    problems: list[BadLine] = []
    reported = {_told(problem, problem.source) for problem in problems_there}
    for source, content in files:
        found, refused = read_rows(content, source)
        here: dict[Sample, int] = {}
        for row in found:
            here[row.sample] = here.get(row.sample, 0) + 1
            if here[row.sample] > seen.get(row.sample, 0):
                further.append(row)
        for sample, count in here.items():
            seen[sample] = max(count, seen.get(sample, 0))
        problems += [p for p in refused if _is_new(_told(p, source.partition(":")[2]), reported)]
    return further, problems


def _counted(rows: Iterable[Row]) -> dict[Sample, int]:
    counts: dict[Sample, int] = {}
    for row in rows:
        counts[row.sample] = counts.get(row.sample, 0) + 1
    return counts


def _told(problem: BadLine, path: str) -> tuple[str, str]:
    """What a bad line is known by; branches and the checkout repeat it, the folder named in other ways."""
    return (path.rpartition("/")[2], f"{problem.line}: {problem.reason}")


def _is_new(key: tuple[str, str], reported: set[tuple[str, str]]) -> bool:
    is_new = key not in reported
    reported.add(key)
    return is_new
