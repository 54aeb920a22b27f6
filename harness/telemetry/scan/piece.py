"""A file of rows, read by the engine where all of it is clean."""

from __future__ import annotations

import itertools
import json
import mmap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.telemetry.engine import load_engine
from harness.telemetry.reader import Row, read_rows
from harness.telemetry.sample import Sample
from harness.telemetry.scan import shape as shapes
from harness.telemetry.scan.columns import UNKNOWN, Columns, Numbers
from harness.telemetry.scan.shape import Shape, flag, number, text

# What rows that are alike share, beside their deliverables.
_CELL, _FEATURE = shapes.SHARED[:7], shapes.SHARED[7:]
_COUNTS = {
    "predicted": "predicted_output_tokens",
    "actual": "actual_output_tokens",
    "lower": "predicted_lower_tokens",
    "upper": "predicted_upper_tokens",
}
_FLAGS = ("success", "phase_success", "truncated")
_FIRST_LINES = 1 << 20
_LOOKED_AT = 500
_SLOT_BITS = 20
_MEMORY = "500MB"

Hashes = NDArray[np.uint64]


class Engine:
    """A connection that reads pieces; `digits_matter` says whether a prediction reads digits in paths."""

    def __init__(self, folder: Path, *, digits_matter: bool) -> None:
        engine = load_engine()
        self._error: type[Exception] = engine.Error
        self._connection = engine.connect(config={"memory_limit": _MEMORY, "temp_directory": str(folder)})
        self._digits_matter = digits_matter

    def close(self) -> None:
        """Give back what the engine holds."""
        self._connection.close()

    def read(self, path: Path, source: str) -> Columns | None:
        """The rows of a file called `source`; None where one isn't clean, for the reader to say which."""
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            first = data[:_FIRST_LINES].split(b"\n", _LOOKED_AT)
            shape = shapes.shape_of(first[0])
            if shape is None:
                return None
            found = self._ask(shape, path, merge_digits=not self._digits_matter and _varies(first[:-1]))
            if found is None:
                return None
            length = found.pop("length").astype(np.int64)
            # A last line may end without a line feed.
            if not found.pop("clean").all() or int(length.sum()) not in (len(data), len(data) + 1):
                return None
            return _columns(source, found, np.cumsum(length) - length, length, data)

    def hashes(self, rows: Sequence[Row]) -> Hashes:
        """The hashes of (run, phase, attempt) as `read` makes them."""
        keys = [(r.sample.run_id, r.sample.phase_id, str(r.sample.attempt)) for r in rows]
        if not keys:
            return np.empty(0, dtype=np.uint64)
        found = self._connection.execute(
            "SELECT hash(r, p, a) AS k "
            "FROM (SELECT unnest($1::VARCHAR[]) r, unnest($2::VARCHAR[]) p, unnest($3::VARCHAR[]) a)",
            [list(column) for column in zip(*keys, strict=True)],
        ).fetchnumpy()
        return np.asarray(found["k"], dtype=np.uint64)

    def _ask(self, shape: Shape, path: Path, *, merge_digits: bool) -> dict[str, NDArray[np.generic]] | None:
        """What is asked of each row, in the file's order; None where the engine can't read the file."""
        counts = [f"{number(shape, key, str(UNKNOWN))} AS {name}" for name, key in _COUNTS.items()]
        flags = [f"coalesce({flag(shape, key)}, {UNKNOWN})::TINYINT AS {key}" for key in _FLAGS]
        key = ", ".join(text(shape, name) for name in ("run_id", "phase_id", "attempt"))
        asked = [
            f"{shapes.is_clean(shape)} AS clean",
            f"({shapes.length(shape)})::INTEGER AS length",
            f"hash({', '.join(text(shape, name) for name in _CELL)}) AS cell",
            f"{_feature(shape, merge_digits)} AS feature",
            f"CASE WHEN {text(shape, 'attempt')} IS NOT NULL THEN hash({key}) END AS k",
        ]
        query = f"SELECT {', '.join([*asked, *counts, *flags])} FROM {shapes.source(shape, str(path))}"
        try:
            # By way of a table all processors take part, and its rows keep the file's order.
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {query}")
            found: dict[str, NDArray[np.generic]] = self._connection.execute("FROM found").fetchnumpy()
            self._connection.execute("DROP TABLE found")
        except self._error:
            return None
        except RuntimeError:
            # So the engine says that it was interrupted.
            raise KeyboardInterrupt from None
        return found


def _feature(shape: Shape, merge_digits: bool) -> str:
    """The hash of what a prediction is made from; without sizes, digits may be taken for one another."""
    first, *others = [text(shape, name) for name in _FEATURE]
    plain = f"hash({', '.join([first, *others])})"
    if not merge_digits:
        return plain
    none = " AND ".join(f"coalesce({other}, '[]') = '[]'" for other in others)
    return f"CASE WHEN {none} THEN hash(translate({first}, '123456789', '000000000')) ELSE {plain} END"


def _varies(lines: Sequence[bytes]) -> bool:
    """Whether the first rows have so many different deliverables that it pays to merge what is alike."""
    try:
        different = {json.dumps(json.loads(line).get("deliverables")) for line in lines}
    except (ValueError, AttributeError, RecursionError):
        return False
    return len(different) > len(lines) // 4


def _columns(
    source: str,
    found: dict[str, NDArray[np.generic]],
    start: Numbers,
    length: Numbers,
    data: mmap.mmap,
) -> Columns | None:
    cells, cell, cell_rows = _dictionary(found.pop("cell"))
    features, feature, feature_rows = _dictionary(found.pop("feature"))
    present, group = _renumbered(cell * features + feature, cells * features)
    by_cell = _samples(cell_rows, start, length, data)
    by_feature = _samples(feature_rows, start, length, data)
    if by_cell is None or by_feature is None:
        return None
    groups = [_combined(by_cell[one // features], by_feature[one % features]) for one in present]
    keys = np.ma.MaskedArray(found.pop("k"))
    has_key = ~np.ma.getmaskarray(keys)
    numbers: dict[str, Numbers] = {name: np.asarray(values) for name, values in found.items()}
    line = np.arange(1, len(group) + 1)
    numbers |= {"group": group, "line": line}
    return Columns(source, numbers, groups, np.asarray(keys.data)[has_key], line[has_key])


def _dictionary(hashes: NDArray[np.generic]) -> tuple[int, Numbers, Numbers]:
    """(how many different ones, for each row the number of its own, for each a row that has it)."""
    # Most have few, which mostly fall into slots of their own; that is much faster than sorting.
    slot = (hashes.astype(np.uint64, copy=False) >> np.uint64(64 - _SLOT_BITS)).astype(np.int32)
    owner = np.full(1 << _SLOT_BITS, -1, dtype=np.int32)
    owner[slot] = np.arange(len(hashes), dtype=np.int32)
    if bool((hashes[owner[slot]] == hashes).all()):
        used = np.flatnonzero(owner >= 0)
        number = np.zeros(1 << _SLOT_BITS, dtype=np.int64)
        number[used] = np.arange(len(used))
        return len(used), number[slot], owner[used].astype(np.int64)
    _, first, index = np.unique(hashes, return_index=True, return_inverse=True)
    return len(first), index, first


def _renumbered(ids: Numbers, bound: int) -> tuple[list[int], Numbers]:
    """(the ids there are, for each row the index of its own among them)."""
    if bound > 1 << 22:
        present, index = np.unique(ids, return_inverse=True)
        return present.tolist(), index
    present = np.flatnonzero(np.bincount(ids, minlength=bound))
    place = np.zeros(bound, dtype=np.int64)
    place[present] = np.arange(len(present))
    return present.tolist(), place[ids]


def _samples(rows: Numbers, start: Numbers, length: Numbers, data: mmap.mmap) -> list[Sample] | None:
    """The samples of some rows; None where the reader refuses one or would remark on its deliverables."""
    places = zip(start[rows].tolist(), length[rows].tolist(), strict=True)
    found, problems = read_rows(itertools.chain([b"\n"], (data[at : at + size] for at, size in places)), "")
    if problems or any(_miscounts(row) for row in found):
        return None
    return [row.sample for row in found]


def _miscounts(row: Row) -> bool:
    return row.stored.get("deliverable_count", row.sample.deliverable_count) != row.sample.deliverable_count


def _combined(cell: Sample, feature: Sample) -> Sample:
    """A sample with the deliverables of one and everything else of the other."""
    return cell.model_copy(update={name: getattr(feature, name) for name in _FEATURE})
