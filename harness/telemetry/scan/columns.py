"""Rows as columns of numbers, with what they share kept once: 60 bytes a row instead of thousands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.telemetry.reader import Row
from harness.telemetry.sample import Sample
from harness.telemetry.scan.block import UNKNOWN, Flags, Hashes, Numbers
from harness.telemetry.scan.forecasts import Forecast, Forecasts
from harness.telemetry.today import Told, recorded_interval

if TYPE_CHECKING:
    from harness.telemetry.scan.piece import Piece

# In the order of the columns of a piece.
NAMES = ("line", "cell", "predicted", "actual", "lower", "upper", "success", "phase_success", "truncated")


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of one file. `cell` is the index in `cells` of a sample that stands for all alike.

    Alike are category, complexity, model, agent and whatever else tells whether a row counts; what follows
    from its deliverables has columns of its own, as `Forecasts` has them. `keys` has the hashes of the
    identities of the rows that have one, which `keyed` says, and `ordered` the same in their order.
    """

    source: str
    numbers: dict[str, Numbers]
    cells: Sequence[Sample]
    keys: Hashes
    keyed: Flags
    ordered: Hashes

    def __len__(self) -> int:
        return len(self.numbers["line"])


def of_rows(source: str, rows: Sequence[Row], keys: Hashes, forecasts: Forecasts) -> Columns:
    """The columns of rows as they were read; `keys` are the hashes of those with an identity."""
    found: dict[object, int] = {}
    known: dict[object, Forecast] = {}
    cells: list[Sample] = []
    lists: dict[str, list[int]] = {name: [] for name in (*NAMES, *forecasts.names)}
    for row in rows:
        sample = row.sample
        alike = _alike(sample)
        if alike not in found:
            found[alike] = len(cells)
            cells.append(sample)
        reads = _forecast_from(sample)
        if reads not in known:
            known[reads] = forecasts.of(sample.category, sample.complexity, Told.by(sample))
        lower, upper = recorded_interval(sample) or (UNKNOWN, UNKNOWN)
        values = (
            row.line,
            found[alike],
            sample.predicted_output_tokens,
            _known(sample.actual_output_tokens),
            int(lower),
            int(upper),
            int(sample.success),
            _known(sample.phase_success),
            int(sample.truncated),
            *known[reads],
        )
        for column, value in zip(lists.values(), values, strict=True):
            column.append(value)
    numbers = {name: np.array(values, dtype=np.int64) for name, values in lists.items()}
    keyed = np.array([row.sample.identity is not None for row in rows], dtype=np.bool_)
    return Columns(source, numbers, cells, keys, keyed, np.sort(keys))


def combined(source: str, pieces: Sequence[tuple[int, Piece]], cells: Sequence[Sample]) -> Columns:
    """The columns of pieces, each with the number of its first line, which lie in a file in their order."""
    numbers = {
        name: np.concatenate([piece.numbers[name] for _, piece in pieces]) for name in pieces[0][1].numbers
    }
    numbers["line"] = np.concatenate([piece.line + np.int64(first) for first, piece in pieces])
    numbers["cell"] = np.concatenate([piece.cell for _, piece in pieces])
    keys = np.concatenate([piece.keys for _, piece in pieces])
    keyed = np.concatenate([piece.keyed for _, piece in pieces])
    return Columns(source, numbers, cells, keys, keyed, np.sort(keys))


def _known(value: int | None) -> int:
    return UNKNOWN if value is None else int(value)


def _forecast_from(s: Sample) -> object:
    return (
        *(s.category, s.complexity, s.deliverables),
        *(s.deliverable_count, s.deliverable_facts, s.goal_facts),
    )


def _alike(s: Sample) -> object:
    return (
        *(s.category, s.complexity, s.model, s.agent),
        *(s.profile, s.profile_version, s.source, s.synthetic),
    )
