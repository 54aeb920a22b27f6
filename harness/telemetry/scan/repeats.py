"""Rows of one identity that stand more than once: found by hash, told apart by reading them again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.telemetry.problems import Problems, ProblemTally
from harness.telemetry.reader import Row, read_line
from harness.telemetry.sample import encode_row
from harness.telemetry.scan.columns import Columns
from harness.telemetry.selection import Place, contradiction

Lines = Callable[[str], Iterator[bytes]]
_Read = tuple[bytes, bytes]  # digests of what a row is of, and of what it says
_MOST_READ = 1 << 17


@dataclass(frozen=True, slots=True)
class Repeats:
    """The lines to drop by source; how many say the same again, and those that contradict."""

    dropped: dict[str, set[int]]
    duplicates: int
    conflicts: Problems


def find_repeats(columns: Sequence[Columns], lines: Lines) -> Repeats:
    """The repeats among all columns, whose order is that of the rows; `lines` opens a source again."""
    # Each is in order, and so they are only merged.
    runs = np.concatenate([np.empty(0, dtype=np.uint64), *(part.ordered for part in columns)])
    ordered = np.sort(runs, kind="stable")
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return Repeats({}, 0, Problems())
    twice = np.unique(again)
    wanted: dict[str, set[int]] = {}
    for part in columns:
        # By sorting: NumPy 2.0.0 fails when it makes a table of large unsigned numbers.
        found = np.isin(part.keys, twice, kind="sort")
        wanted.setdefault(part.source, set()).update(part.numbers["line"][part.keyed][found].tolist())
    return _told_apart(entry for source in wanted for entry in _again(source, wanted[source], lines))


def _told_apart(rows: Iterable[tuple[Place, _Read]]) -> Repeats:
    # Of a row no more is kept than digests: there may be as many repeats as rows.
    first: dict[bytes, tuple[bytes, Place]] = {}
    dropped: dict[str, set[int]] = {}
    conflicts, count = ProblemTally(), 0
    for place, (key, content) in rows:
        known, earlier = first.setdefault(key, (content, place))
        if earlier == place:
            continue
        dropped.setdefault(place[0], set()).add(place[1])
        if known == content:
            count += 1
        else:
            conflicts.add(contradiction(place, earlier))
    return Repeats(dropped, count, conflicts.problems())


def _again(source: str, wanted: set[int], lines: Lines) -> Iterator[tuple[Place, _Read]]:
    # Most repeats are so to the byte, and reading a row takes much longer than telling that.
    known: dict[bytes, _Read | None] = {}
    for number, line in enumerate(lines(source), start=1):
        if number not in wanted:
            continue
        digest = _digest(line)
        if digest in known:
            read = known[digest]
        else:
            read = _read(line, number)
            if len(known) < _MOST_READ:
                known[digest] = read
        if read is not None:
            yield (source, number), read


def _read(line: bytes, number: int) -> _Read | None:
    row = read_line(line, "", number)
    if not isinstance(row, Row):
        return None
    content = _digest(encode_row(row.sample).encode())
    key = content if row.sample.attempt is None else _digest(repr(row.sample.identity).encode())
    return key, content


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
