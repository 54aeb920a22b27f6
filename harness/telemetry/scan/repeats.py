"""Rows of one attempt that stand more than once: found by hash, told apart by reading them again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.telemetry.problems import Problems, ProblemTally
from harness.telemetry.reader import BadLine, Row, each_row
from harness.telemetry.sample import Sample, encode_row
from harness.telemetry.scan.columns import Columns
from harness.telemetry.selection import contradiction

Lines = Callable[[str], Iterator[bytes]]
_Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Repeats:
    """The lines to drop by source; how many say the same again, and those that contradict."""

    dropped: dict[str, set[int]]
    duplicates: int
    conflicts: Problems


def find_repeats(columns: Sequence[Columns], lines: Lines) -> Repeats:
    """The repeats among all columns, whose order is that of the rows; `lines` opens a source again."""
    keys = np.concatenate([np.empty(0, dtype=np.uint64), *(part.keys for part in columns)])
    ordered = np.sort(keys)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return Repeats({}, 0, Problems())
    twice = np.unique(again)
    wanted: dict[str, set[int]] = {}
    for part in columns:
        wanted.setdefault(part.source, set()).update(part.keyed[np.isin(part.keys, twice)].tolist())
    first: dict[bytes, tuple[bytes, _Place]] = {}
    dropped: dict[str, set[int]] = {}
    conflicts, count = ProblemTally(), 0
    # Of a row no more is kept than a digest: there may be as many repeats as rows.
    for row in (row for source in wanted for row in _again(source, wanted[source], lines)):
        problem = _held_against(first, row)
        if problem is not None:
            conflicts.add(problem)
        if problem is not None or first[_key(row.sample)][1] != (row.source, row.line):
            dropped.setdefault(row.source, set()).add(row.line)
            count += problem is None
    return Repeats(dropped, count, conflicts.problems())


def _held_against(first: dict[bytes, tuple[bytes, _Place]], row: Row) -> BadLine | None:
    """The problem of a row that contradicts the first of its attempt, which is remembered."""
    content = _digest(encode_row(row.sample))
    known, place = first.setdefault(_key(row.sample), (content, (row.source, row.line)))
    return None if known == content else contradiction(row, *place)


def _key(sample: Sample) -> bytes:
    return _digest(repr((sample.run_id, sample.phase_id, sample.attempt)))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()


def _again(source: str, wanted: set[int], lines: Lines) -> Iterator[Row]:
    for number, line in enumerate(lines(source), start=1):
        if number in wanted:
            yield from (entry for entry in each_row([line], source, number) if isinstance(entry, Row))
