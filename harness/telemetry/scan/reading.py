"""Files read block by block, by all processors; what fits no template goes line by line to the reader."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from harness.telemetry.derived import Remark, disagreements
from harness.telemetry.reader import BadLine, Row, each_row
from harness.telemetry.scan.block import Bytes, keys
from harness.telemetry.scan.columns import Columns, combined, of_rows
from harness.telemetry.scan.lines import SIZE, each_block, lines_of
from harness.telemetry.scan.piece import Known, Piece, pieces_of

_ROWS = 10_000
"""Rows read one by one that are kept before they become columns."""

Found = Columns | BadLine | Remark
Read = tuple[int, list[Piece], list[tuple[int, bytes]]]


def read(path: Path, known: Known, size: int = SIZE) -> Iterator[Found]:
    """The rows of a file, and what is wrong or remarkable with its lines; `size` bytes at a time."""
    pieces: list[tuple[int, Piece]] = []
    lines = _Lines(str(path))
    first = 1
    for count, found, others in _in_order(path, known, size):
        pieces += [(first, piece) for piece in found]
        for number, line in others:
            yield from lines.read(first + number, line)
        first += count
    yield from lines.rest()
    if pieces:
        yield combined(str(path), pieces, known.cells, known.features)


class _Lines:
    """Lines read one by one, whose rows are gathered."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._rows: list[Row] = []

    def read(self, number: int, line: bytes) -> Iterator[Found]:
        for entry in each_row([line], self._source, number):
            if isinstance(entry, BadLine):
                yield entry
            else:
                self._rows.append(entry)
                yield from disagreements(entry)
        if len(self._rows) >= _ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[Columns]:
        rows, self._rows = self._rows, []
        if rows:
            samples = [row.sample for row in rows]
            attempts = [(s.run_id, s.phase_id, s.attempt) for s in samples if s.attempt is not None]
            yield of_rows(self._source, rows, keys(attempts))


def _in_order(path: Path, known: Known, size: int) -> Iterator[Read]:
    """What is found in each block, in their order, some blocks being read ahead."""
    workers = min(4, os.cpu_count() or 1)
    pool = ThreadPoolExecutor(workers)
    waiting: deque[Future[Read]] = deque()
    try:
        with path.open("rb", buffering=0) as stream:
            for block in each_block(stream, size):
                waiting.append(pool.submit(_read, *block, known))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _read(data: Bytes, end: int, torn: bool, known: Known) -> Read:
    lines = lines_of(data, end, torn)
    found, others = pieces_of(lines, known)
    return len(lines.ends), found, others

