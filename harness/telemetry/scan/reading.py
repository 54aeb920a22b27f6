"""Files read block by block, large ones by several processes; what fits no template goes to the reader."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
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

WORTH_A_PROCESS = 16 << 20
"""Bytes of a file that are worth a process of their own."""
_MOST_PROCESSES = 8
_SENDING = 0.14  # of what a part takes
REMARKS = 1000
"""Of the remarks on rows, how many are kept."""
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
    own, *others = _parts(path, end, min(_processors(), end // worth_a_process))
    with ExitStack() as stack:
        elsewhere = [
            stack.enter_context(Elsewhere(partial(_read, path, known, size, part))) for part in others
        ]
        found, lines = _read(path, known, size, own)
        yield from found
        for other in elsewhere:
            found, count = other.result()
            yield from (_moved(one, lines + 1 - _SOME_LINE) for one in found)
            lines += count


def _processors() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_PROCESSES)


def _parts(path: Path, end: int, count: int) -> list[_Range]:
    """The first `end` bytes of a file as `count` parts, or fewer where there aren't as many lines.

    The first is larger: what is read by other processes has to be sent, too.
    """
    shares = [place + _SENDING for place in range(1, count)]
    cuts = {_behind_line(path, int(end * share / (count + _SENDING))) for share in shares}
    inside = sorted(cut for cut in cuts if cut < end)
    # Which line a later part begins with isn't known yet; that it isn't the first is all that matters there.
    return [_Range(start, stop, _SOME_LINE if start else 1) for start, stop in pairwise([0, *inside, end])]


def _behind_line(path: Path, place: int) -> int:
    with path.open("rb") as stream:
        stream.seek(place)
        while (read := stream.readline(_STEP)) and not read.endswith(b"\n"):
            pass
        return stream.tell()


def _moved(found: Found, lines: int) -> Found:
    if isinstance(found, Problems):
        listed = (replace(problem, line=problem.line + lines) for problem in found.listed)
        return replace(found, listed=tuple(listed))
    if not isinstance(found, Columns):
        return replace(found, line=found.line + lines)
    found.numbers["line"] += lines
    return found


def _read(path: Path, known: Known, size: int, part: _Range) -> tuple[list[Found], int]:
    """(what is found in a part of a file, how many lines it has)."""
    pieces: list[tuple[int, Piece]] = []
    found: list[Found] = []
    lines = _Lines(str(path), known.forecasts)
    first = part.first
    with path.open("rb", buffering=0) as stream:
        stream.seek(part.start)
        for data, end, torn in each_block(stream, part.stop - part.start, size):
            block = lines_of(data, end, torn)
            fitting, others = pieces_of(block, known)
            pieces += [(first, piece) for piece in fitting]
            for number, line in others:
                found += lines.read(first + number, line)
            first += len(block.ends)
    found += lines.rest()
    if pieces:
        found.append(combined(str(path), pieces, known.cells))
    return found, first - part.first


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
            identities = [identity for s in samples if (identity := s.identity) is not None]
            yield of_rows(self._source, rows, keys(identities), self._forecasts)
