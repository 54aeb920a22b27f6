"""Files read block by block, large ones by two processes; what fits no template goes to the reader."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.telemetry.derived import Remark, disagreements
from harness.telemetry.problems import Problems, ProblemTally
from harness.telemetry.reader import BadLine, Row, read_line
from harness.telemetry.scan.block import keys
from harness.telemetry.scan.columns import Columns, combined, of_rows
from harness.telemetry.scan.elsewhere import Elsewhere
from harness.telemetry.scan.forecasts import Forecasts
from harness.telemetry.scan.lines import SIZE, each_block, lines_of
from harness.telemetry.scan.piece import Known, Piece, pieces_of

WORTH_A_PROCESS = 32 << 20
"""Bytes of a file whose second half is read by another process."""
REMARKS = 1000
"""Of the remarks on rows, how many are kept; beyond, they are as good as counted."""
_ROWS = 10_000
"""Rows read one by one that are kept before they become columns."""
_SOME_LINE = 2
_STEP = 1 << 20

Found = Columns | Problems | Remark


@dataclass(frozen=True, slots=True)
class _Range:
    """Some bytes of a file, which begin and end with a line; `first` is the number of the first one."""

    start: int
    stop: int
    first: int


def read(
    path: Path, known: Known, size: int = SIZE, worth_a_process: int = WORTH_A_PROCESS
) -> Iterator[Found]:
    """The rows of a file, and what is wrong or remarkable with its lines; `size` bytes at a time."""
    end = path.stat().st_size
    middle = _middle(path, end) if end >= worth_a_process and (os.cpu_count() or 1) > 1 else end
    if middle == end:
        yield from _read(path, known, size, _Range(0, end, 1))
        return
    # Which line it begins with isn't known yet; that it isn't the first is all that matters there.
    half = _Range(middle, end, _SOME_LINE)
    with Elsewhere(lambda: list(_read(path, known, size, half))) as elsewhere:
        count = yield from _read(path, known, size, _Range(0, middle, 1))
        for found in elsewhere.result():
            yield _moved(found, count + 1 - _SOME_LINE)


def _middle(path: Path, end: int) -> int:
    with path.open("rb") as stream:
        stream.seek(end // 2)
        while (read := stream.readline(_STEP)) and not read.endswith(b"\n"):
            pass
        return min(end, stream.tell())


def _moved(found: Found, lines: int) -> Found:
    if isinstance(found, Problems):
        listed = (replace(problem, line=problem.line + lines) for problem in found.listed)
        return replace(found, listed=tuple(listed))
    if not isinstance(found, Columns):
        return replace(found, line=found.line + lines)
    found.numbers["line"] += lines
    found.keyed[:] += lines
    return found


def _read(path: Path, known: Known, size: int, part: _Range) -> Generator[Found, None, int]:
    """What is found in a part of a file; answers how many lines it has."""
    pieces: list[tuple[int, Piece]] = []
    lines = _Lines(str(path), known.forecasts)
    first = part.first
    with path.open("rb", buffering=0) as stream:
        stream.seek(part.start)
        for data, end, torn in each_block(stream, part.stop - part.start, size):
            block = lines_of(data, end, torn)
            found, others = pieces_of(block, known)
            pieces += [(first, piece) for piece in found]
            for number, line in others:
                yield from lines.read(first + number, line)
            first += len(block.ends)
    yield from lines.rest()
    if pieces:
        yield combined(str(path), pieces, known.cells)
    return first - part.first


class _Lines:
    """Lines read one by one, whose rows are gathered, and those that are none."""

    def __init__(self, source: str, forecasts: Forecasts) -> None:
        self._source = source
        self._forecasts = forecasts
        self._rows: list[Row] = []
        self._refused = ProblemTally()
        self._remarks = 0

    def read(self, number: int, line: bytes) -> Sequence[Found]:
        entry = read_line(line, self._source, number)
        if entry is None:
            return ()
        if isinstance(entry, BadLine):
            self._refused.add(entry)
            return ()
        self._rows.append(entry)
        found: list[Found] = []
        if self._remarks < REMARKS:
            found += disagreements(entry)[: REMARKS - self._remarks]
            self._remarks += len(found)
        if len(self._rows) >= _ROWS:
            found += self._columns()
        return found

    def rest(self) -> Iterator[Found]:
        yield from self._columns()
        if (refused := self._refused.problems()).total:
            yield refused

    def _columns(self) -> Iterator[Columns]:
        rows, self._rows = self._rows, []
        if rows:
            samples = [row.sample for row in rows]
            attempts = [(s.run_id, s.phase_id, s.attempt) for s in samples if s.attempt is not None]
            yield of_rows(self._source, rows, keys(attempts), self._forecasts)
