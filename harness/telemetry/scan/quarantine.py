"""Files with lines that aren't clean: halved until what is left is small enough for the reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from harness.telemetry.derived import Remark, disagreements
from harness.telemetry.reader import BadLine, Row, each_row
from harness.telemetry.scan.columns import Columns, of_rows
from harness.telemetry.scan.piece import Engine, Hashes

SMALLEST = 64 * 1024
"""Bytes the reader takes in the time the engine needs to begin."""
_FIRST_PIECES = 256
_HALVES = 4
_MASK = (1 << 64) - 1

Found = Columns | BadLine | Remark


class Reading:
    """Reads files with an engine where there is one, and line by line where it isn't clean."""

    def __init__(self, engine: Engine | None, folder: Path, smallest: int = SMALLEST) -> None:
        self._engine = engine
        self._smallest = smallest
        self._piece = folder / "piece.ndjson"

    def read(self, path: Path) -> Iterator[Found]:
        """The rows of a file, and what is wrong or remarkable with its lines."""
        if self._engine is not None and path.stat().st_size:
            whole = self._engine.read(path, str(path))
            if whole is not None:
                yield whole
                return
        line = 1
        with path.open("rb") as stream:
            while lines := stream.readlines(self._smallest * _FIRST_PIECES):
                yield from self._pieces(lines, str(path), line)
                line += len(lines)

    def _pieces(self, lines: list[bytes], source: str, first: int) -> Iterator[Found]:
        """The rows of some lines, `first` being the number of the first of them."""
        size = sum(map(len, lines))
        if self._engine is None or size <= self._smallest or len(lines) < _HALVES:
            yield from self._by_line(lines, source, first)
            return
        self._piece.write_bytes(b"".join(lines))
        found = self._engine.read(self._piece, source)
        if found is not None:
            found.numbers["line"] += first - 1
            found.keyed[:] += first - 1
            yield found
            return
        part = -(-len(lines) // _HALVES)
        for start in range(0, len(lines), part):
            yield from self._pieces(lines[start : start + part], source, first + start)

    def _by_line(self, lines: list[bytes], source: str, first: int) -> Iterator[Found]:
        rows: list[Row] = []
        for entry in each_row(lines, source, first):
            if isinstance(entry, Row):
                rows.append(entry)
                yield from disagreements(entry)
            else:
                yield entry
        if rows:
            keyed = [row for row in rows if row.sample.attempt is not None]
            yield of_rows(source, rows, self._hashes(keyed))

    def _hashes(self, rows: list[Row]) -> Hashes:
        if self._engine is not None:
            return self._engine.hashes(rows)
        keys = (hash((r.sample.run_id, r.sample.phase_id, r.sample.attempt)) & _MASK for r in rows)
        return np.fromiter(keys, dtype=np.uint64, count=len(rows))
