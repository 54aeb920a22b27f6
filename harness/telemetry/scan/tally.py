"""The figures of a replay over columns of numbers; the same as `replay` has them over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.telemetry import strata
from harness.telemetry.measures import Figures
from harness.telemetry.replay import LowerBounds, Strata
from harness.telemetry.scan.block import Numbers
from harness.telemetry.scan.columns import UNKNOWN

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


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
        scale = (actual + predicted) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            smape = np.where(scale > 0, np.abs(actual - predicted) / scale * 100, 0.0)
            waste = np.where(actual > 0, predicted / actual, np.nan)
        has_interval = (lower != UNKNOWN) & (upper != UNKNOWN)
        within = has_interval & (lower <= actual) & (actual <= upper)
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
) -> Strata:
    """The figures by stratum of the rows that are `counted`; `names` has a group's stratum of each kind.

    Of the rows of a stratum only the `judgeable` are in its figures.
    """
    return {
        kind: _of_kind(judged, [name[place] for name in names], kind, group, counted, judgeable)
        for place, kind in enumerate(strata.KINDS)
    }


def _of_kind(
    judged: Judged,
    names: Sequence[str],
    kind: str,
    group: Numbers,
    counted: Flags,
    judgeable: Flags | None,
) -> dict[str, Figures]:
    different = sorted(set(names))
    place = {name: index for index, name in enumerate(different)}
    # The smallest type that holds them, which is what sorts fastest.
    code = np.array([place[name] for name in names], dtype=np.min_scalar_type(len(different)))
    which = np.flatnonzero(counted)
    of_row = code[group[which]]
    order = which[np.argsort(of_row, kind="stable")]
    counts = np.bincount(of_row, minlength=len(different))
    ends = np.cumsum(counts)
    starts = ends - counts
    chosen = {
        name: order[start:end]
        for name, start, end in zip(different, starts.tolist(), ends.tolist(), strict=True)
        if end > start
    }
    if judgeable is not None:
        chosen = {name: rows[judgeable[rows]] for name, rows in chosen.items()}
    return {name: judged.figures(chosen[name]) for name in strata.ordered(kind, chosen)}


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
    if len(values) % 2:
        return float(np.partition(values, half)[half])
    middle = np.partition(values, (half - 1, half))
    return float((middle[half - 1] + middle[half]) / 2)
