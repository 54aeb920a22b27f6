"""Rows as columns of numbers, with what they share kept once: 60 bytes a row instead of thousands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.telemetry.reader import Row
from harness.telemetry.sample import Sample
from harness.telemetry.scan.block import UNKNOWN, Numbers
from harness.telemetry.scan.template import FEATURES
from harness.telemetry.today import recorded_interval

if TYPE_CHECKING:
    from harness.telemetry.scan.piece import Piece

# In the order of the columns of a piece.
NAMES = ("line", "group", "predicted", "actual", "lower", "upper", "success", "phase_success", "truncated")


class Group(NamedTuple):
    """What rows have in common: deliverables and goal as in `feature`, everything else as in `cell`."""

    cell: Sample
    feature: Sample

    def sample(self) -> Sample:
        """Both in one."""
        if self.cell is self.feature:
            return self.cell
        return self.cell.model_copy(update={name: getattr(self.feature, name) for name in FEATURES})


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of one file. `group` is the index in `groups` of what a row shares with all alike.

    Alike are category, complexity, deliverables, model, agent and whatever else tells what is predicted
    and whether a row counts. `keys` has the hashes of (run, phase, attempt) of the rows with an attempt,
    `keyed` their lines.
    """

    source: str
    numbers: dict[str, Numbers]
    groups: list[Group]
    keys: NDArray[np.uint64]
    keyed: Numbers

    def __len__(self) -> int:
        return len(self.numbers["line"])


def of_rows(source: str, rows: Sequence[Row], keys: NDArray[np.uint64]) -> Columns:
    """The columns of rows as they were read; `keys` are the hashes of those with an attempt."""
    found: dict[tuple[object, ...], int] = {}
    groups: list[Group] = []
    lists: dict[str, list[int]] = {name: [] for name in NAMES}
    for row in rows:
        sample = row.sample
        alike = _alike(sample)
        if alike not in found:
            found[alike] = len(groups)
            groups.append(Group(sample, sample))
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
        )
        for name, value in zip(NAMES, values, strict=True):
            lists[name].append(value)
    numbers = {name: np.array(values, dtype=np.int64) for name, values in lists.items()}
    keyed = np.array([row.line for row in rows if row.sample.attempt is not None], dtype=np.int64)
    return Columns(source, numbers, groups, keys, keyed)


def combined(
    source: str, pieces: Sequence[tuple[int, Piece]], cells: Sequence[Sample], features: Sequence[Sample]
) -> Columns:
    """The columns of pieces, each with the number of its first line, which lie in a file in their order."""
    numbers = {
        name: np.concatenate([piece.numbers[name] for _, piece in pieces]) for name in pieces[0][1].numbers
    }
    numbers["line"] = np.concatenate([piece.line + np.int64(first) for first, piece in pieces])
    cell = np.concatenate([piece.cell for _, piece in pieces]).astype(np.int64)
    feature = np.concatenate([piece.feature for _, piece in pieces])
    present, numbers["group"] = _renumbered(cell * len(features) + feature, len(cells) * len(features))
    groups = [Group(cells[one // len(features)], features[one % len(features)]) for one in present]
    keys = np.concatenate([piece.keys for _, piece in pieces])
    keyed = np.concatenate([piece.keyed + np.int64(first) for first, piece in pieces])
    return Columns(source, numbers, groups, keys, keyed)


def _renumbered(ids: Numbers, bound: int) -> tuple[list[int], Numbers]:
    """(the ids there are, for each row the index of its own among them)."""
    if bound > 1 << 22:
        present, index = np.unique(ids, return_inverse=True)
        return present.tolist(), index
    present = np.flatnonzero(np.bincount(ids, minlength=bound))
    place = np.zeros(bound, dtype=np.int64)
    place[present] = np.arange(len(present))
    return present.tolist(), place[ids]


def _known(value: int | None) -> int:
    return UNKNOWN if value is None else int(value)


def _alike(s: Sample) -> tuple[object, ...]:
    return (
        *(s.category, s.complexity, s.deliverables, s.deliverable_count, s.deliverable_facts),
        *(s.goal_facts, s.model, s.agent, s.profile, s.source, s.synthetic),
    )
