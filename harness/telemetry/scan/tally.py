"""The figures of a replay over columns of numbers; the same as `replay` has them over rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.telemetry import strata
from harness.telemetry.measures import Figures
from harness.telemetry.replay import LowerBounds, Strata
from harness.telemetry.scan.block import UNKNOWN, Numbers

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

_PART = 1 << 18
_SAMPLED, _MARGIN = 2048, 150


@dataclass(frozen=True, slots=True)
class Judged:
    """Predictions beside actual tokens: the errors, and whether an interval was told and held."""

    smape: Floats
    waste: Floats
    under: Flags
    has_interval: Flags
    within: Flags

    @classmethod
    def of(cls, predicted: Numbers, actual: Numbers, lower: Numbers, upper: Numbers) -> Judged:
        """The errors of predictions, whose actual tokens are above 0; bounds are UNKNOWN without interval."""
        smape, waste = (np.empty(len(actual)) for _ in range(2))
        under, has_interval, within = (np.empty(len(actual), dtype=np.bool_) for _ in range(3))
        # Part by part, which needs little memory for what is in between.
        for start in range(0, len(actual), _PART):
            part = slice(start, start + _PART)
            p, a, low, high = predicted[part], actual[part], lower[part], upper[part]
            smape[part] = np.abs(a - p) / ((a + p) / 2) * 100
            waste[part] = p / a
            under[part] = a > p
            has_interval[part] = (low != UNKNOWN) & (high != UNKNOWN)
            within[part] = has_interval[part] & (low <= a) & (a <= high)
        return cls(smape, waste, under, has_interval, within)

    def only(self, which: Flags) -> Judged:
        """The same of some of the rows."""
        return Judged(
            self.smape[which],
            self.waste[which],
            self.under[which],
            self.has_interval[which],
            self.within[which],
        )


class Cells:
    """Some rows put in the order of their cells: those of one cell are in the same stratum of every kind.

    `names` has for each group its stratum of each kind, `group` the group of each row; the rows are those
    that are `counted`, and `order` is where each of them stands.
    """

    def __init__(self, names: Sequence[tuple[str, ...]], group: Numbers, counted: Flags) -> None:
        cells = sorted(set(names))
        place = {cell: index for index, cell in enumerate(cells)}
        # The smallest type that holds them, which is what sorts fastest.
        code = np.array([place[name] for name in names], dtype=np.min_scalar_type(len(cells)))[group]
        which = np.flatnonzero(counted)
        code = code[which]
        self.order: Numbers = which[np.argsort(code, kind="stable")]
        counts = np.bincount(code, minlength=len(cells))
        present = np.flatnonzero(counts)
        self._names = [cells[number] for number in present.tolist()]
        self._ends = np.cumsum(counts[present])

    def figures(self, judged: Judged, judgeable: Flags | None = None) -> tuple[Figures, Strata]:
        """The figures of all rows, and by stratum; both arguments are of the rows as they are in `order`.

        Of the rows of a stratum only the `judgeable` are in its figures.
        """
        ends = self._ends
        if judgeable is not None and not judgeable.all():
            judged = judged.only(judgeable)
            ends = np.concatenate([[0], np.cumsum(judgeable)])[ends]
        sums = _Sums(judged, ends)
        found: dict[str, dict[str, Figures]] = {}
        for index, kind in enumerate(strata.KINDS):
            members: dict[str, list[int]] = {}
            for number, name in enumerate(self._names):
                members.setdefault(name[index], []).append(number)
            found[kind] = {name: sums.figures(members[name]) for name in strata.ordered(kind, members)}
        return sums.figures(range(len(ends))), found


class _Sums:
    """What adds up, added up by cell; `ends` are where the rows of each cell end."""

    def __init__(self, judged: Judged, ends: Numbers) -> None:
        self._judged = judged
        self._ends = ends
        self._counts = np.diff(ends, prepend=0)
        self._smape = self._added(judged.smape)
        self._under, self._intervals, self._within = (
            self._added(flags.view(np.int8), np.int64)
            for flags in (judged.under, judged.has_interval, judged.within)
        )

    def _added(self, values: NDArray[Any], kind: type | None = None) -> NDArray[Any]:
        sums = np.zeros(len(self._ends), dtype=kind or values.dtype)
        filled = self._counts > 0
        if filled.any():
            sums[filled] = np.add.reduceat(values, (self._ends - self._counts)[filled], dtype=kind)
        return sums

    def figures(self, cells: Sequence[int]) -> Figures:
        """The figures over the rows of some cells."""
        cells = list(cells)
        count, intervals = int(self._counts[cells].sum()), int(self._intervals[cells].sum())
        if not count:
            return Figures(0)
        return Figures(
            samples=count,
            mean_smape=math.fsum(self._smape[cells]) / count,
            median_smape=_median(self._joined(self._judged.smape, cells)),
            median_waste_ratio=_median(self._joined(self._judged.waste, cells)),
            underestimation_rate=int(self._under[cells].sum()) / count,
            interval_coverage=int(self._within[cells].sum()) / intervals if intervals else None,
        )

    def _joined(self, values: Floats, cells: Sequence[int]) -> Floats:
        return np.concatenate([values[self._ends[n] - self._counts[n] : self._ends[n]] for n in cells])


def lower_bounds(predicted: Numbers, actual: Numbers) -> LowerBounds:
    """What truncated rows tell; `actual` is UNKNOWN where it isn't known."""
    known = actual != UNKNOWN
    return LowerBounds(
        count=len(predicted),
        mean_predicted=float(np.mean(predicted)) if len(predicted) else None,
        mean_actual=float(np.mean(actual[known])) if known.any() else None,
        underestimation_rate=share(actual[known] > predicted[known]),
    )


def share(flags: NDArray[np.bool_] | NDArray[np.int64]) -> float | None:
    """The share of flags that are true, as a fraction; None without any."""
    return float(np.mean(flags)) if len(flags) else None


def _median(values: Floats) -> float:
    """The middle value; of an even number, the mean of the middle two."""
    is_odd = len(values) % 2
    near, place = _around(values, len(values) // 2)
    high = np.partition(near, place)
    if is_odd:
        return float(high[place])
    return float((high[:place].max() + high[place]) / 2)


def _around(values: Floats, place: int) -> tuple[Floats, int]:
    """(values among which the one at `place` of all in their order is, and the one before; its place there).

    Where there are many, those between two that a sample of them says are a little below and above it.
    """
    sample = np.sort(values[:: max(1, len(values) // _SAMPLED)])
    middle = len(sample) * place // len(values)
    low = sample[max(0, middle - _MARGIN)]
    high = sample[min(len(sample) - 1, middle + _MARGIN)]
    below = int(np.count_nonzero(values < low))
    near = values[(values >= low) & (values <= high)]
    return (near, place - below) if below < place < below + len(near) else (values, place)
