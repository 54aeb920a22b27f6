"""The figures of a replay over columns of numbers; the same as `replay` has them over rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.telemetry import strata
from harness.telemetry.measures import Figures
from harness.telemetry.replay import LowerBounds, Strata
from harness.telemetry.scan.block import UNKNOWN, Numbers

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

_PART = 1 << 14


@dataclass(frozen=True, slots=True)
class Judged:
    """Predictions beside actual tokens, with the errors; `lower` and `upper` are UNKNOWN without interval."""

    predicted: Numbers
    actual: Numbers
    smape: Floats
    waste: Floats
    has_interval: Flags
    within: Flags

    @classmethod
    def of(cls, predicted: Numbers, actual: Numbers, lower: Numbers, upper: Numbers) -> Judged:
        """The errors of predictions; without actual tokens, waste is NaN."""
        smape, waste = (np.empty(len(actual)) for _ in range(2))
        has_interval, within = (np.empty(len(actual), dtype=np.bool_) for _ in range(2))
        # Part by part, so that what is in between stays near the processor.
        for start in range(0, len(actual), _PART):
            part = slice(start, start + _PART)
            p, a, low, high = predicted[part], actual[part], lower[part], upper[part]
            scale = (a + p) / 2
            with np.errstate(divide="ignore", invalid="ignore"):
                smape[part] = np.where(scale > 0, np.abs(a - p) / scale * 100, 0.0)
                waste[part] = np.where(a > 0, p / a, np.nan)
            has_interval[part] = (low != UNKNOWN) & (high != UNKNOWN)
            within[part] = has_interval[part] & (low <= a) & (a <= high)
        return cls(predicted, actual, smape, waste, has_interval, within)

    def figures(self, chosen: Numbers | slice = slice(None)) -> Figures:
        """The figures over the rows with these indices."""
        predicted, smape = self.predicted[chosen], self.smape[chosen]
        if not len(predicted):
            return Figures(0)
        waste = self.waste[chosen]
        waste = waste[~np.isnan(waste)]
        return Figures(
            samples=len(predicted),
            mean_smape=float(np.mean(smape)),
            median_smape=_median(smape),
            median_waste_ratio=_median(waste) if len(waste) else None,
            underestimation_rate=float(np.mean(self.actual[chosen] > predicted)),
            interval_coverage=share(self.within[chosen][self.has_interval[chosen]]),
        )


def by_stratum(
    judged: Judged,
    names: Sequence[tuple[str, ...]],
    group: Numbers,
    counted: Flags,
    judgeable: Flags | None = None,
) -> tuple[Figures, Strata]:
    """The figures of the rows that are `counted`, and by stratum; `names` has a group's of each kind.

    Of the rows of a stratum only the `judgeable` are in its figures.
    """
    # Rows of one stratum of every kind are put together once; each kind then joins such cells.
    cells = sorted(set(names))
    place = {cell: index for index, cell in enumerate(cells)}
    # The smallest type that holds them, which is what sorts fastest.
    code = np.array([place[name] for name in names], dtype=np.min_scalar_type(len(cells)))[group]
    shown = np.bincount(code[counted], minlength=len(cells)) > 0
    which = counted if judgeable is None else counted & judgeable
    sorted_cells = _Cells(judged, code, np.flatnonzero(which), len(cells))
    found: dict[str, dict[str, Figures]] = {}
    for index, kind in enumerate(strata.KINDS):
        members: dict[str, list[int]] = {}
        for number in np.flatnonzero(shown).tolist():
            members.setdefault(cells[number][index], []).append(number)
        found[kind] = {name: sorted_cells.figures(members[name]) for name in strata.ordered(kind, members)}
    return sorted_cells.figures(range(len(cells))), found


class _Cells:
    """Rows put together by their cell, with what adds up added up."""

    def __init__(self, judged: Judged, code: NDArray[np.unsignedinteger], which: Numbers, count: int) -> None:
        code = code[which]
        order = which[np.argsort(code, kind="stable")]
        self._counts = np.bincount(code, minlength=count)
        self._ends = np.cumsum(self._counts)
        self._smape, self._waste = judged.smape[order], judged.waste[order]
        self._sums = np.bincount(code, judged.smape[which], minlength=count)
        under = judged.actual[which] > judged.predicted[which]
        self._under = np.bincount(code[under], minlength=count)
        self._intervals = np.bincount(code[judged.has_interval[which]], minlength=count)
        self._within = np.bincount(code[judged.within[which]], minlength=count)

    def figures(self, cells: Sequence[int]) -> Figures:
        """The figures over the rows of some cells."""
        cells = list(cells)
        count, intervals = int(self._counts[cells].sum()), int(self._intervals[cells].sum())
        if not count:
            return Figures(0)
        waste = self._joined(self._waste, cells)
        if np.isnan(waste).any():
            waste = waste[~np.isnan(waste)]
        return Figures(
            samples=count,
            mean_smape=math.fsum(self._sums[cells]) / count,
            median_smape=_median(self._joined(self._smape, cells)),
            median_waste_ratio=_median(waste) if len(waste) else None,
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
    half = len(values) // 2
    high = np.partition(values, half)
    if len(values) % 2:
        return float(high[half])
    return float((high[:half].max() + high[half]) / 2)
