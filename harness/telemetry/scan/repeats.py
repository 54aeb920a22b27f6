"""Rows of one attempt that stand more than once: found by hash, told apart by reading them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.telemetry.reader import BadLine, Row, each_row
from harness.telemetry.scan.columns import Columns
from harness.telemetry.selection import deduplicate

Lines = Callable[[str], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Repeats:
    """The lines to drop by source; how many say the same again, and those that contradict."""

    dropped: dict[str, set[int]]
    duplicates: int
    conflicts: list[BadLine]


def find_repeats(columns: Sequence[Columns], lines: Lines) -> Repeats:
    """The repeats among all columns, whose order is that of the rows; `lines` opens a source again."""
    keys = np.concatenate([np.empty(0, dtype=np.uint64), *(part.keys for part in columns)])
    ordered = np.sort(keys)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return Repeats({}, 0, [])
    wanted: dict[str, set[int]] = {}
    for part in columns:
        wanted.setdefault(part.source, set()).update(part.keyed[np.isin(part.keys, twice)].tolist())
    rows = [row for source in wanted for row in _again(source, wanted[source], lines)]
    _, repeats, conflicts = deduplicate(rows)
    dropped: dict[str, set[int]] = {}
    places = [(repeat.source, repeat.line) for repeat in repeats]
    for source, line in (*places, *((conflict.source, conflict.line) for conflict in conflicts)):
        dropped.setdefault(source, set()).add(line)
    return Repeats(dropped, len(repeats), conflicts)


def _again(source: str, wanted: set[int], lines: Lines) -> Iterator[Row]:
    for number, line in enumerate(lines(source), start=1):
        if number in wanted:
            yield from (entry for entry in each_row([line], source, number) if isinstance(entry, Row))
