"""The figures a prediction is judged by; always computed here, never taken from a file."""

from __future__ import annotations

import bisect
import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass

BUCKETS = ("0", "1-3", "4-7", "8-15", "16+")
BUCKET_TOPS = (0, 3, 7, 15, sys.maxsize)
"""The largest number of deliverables in each of `BUCKETS`."""


def smape(predicted: int, actual: int) -> float:
    """Symmetric error |a-p| / ((|a|+|p|)/2) * 100, in percent (0..200); 0 when both are 0."""
    scale = (abs(actual) + abs(predicted)) / 2
    return abs(actual - predicted) / scale * 100 if scale else 0.0


def waste_ratio(predicted: int, actual: int) -> float | None:
    """Predicted over actual; above 1 too much was predicted. None when nothing was used."""
    return predicted / actual if actual else None


def underestimated(predicted: int, actual: int) -> bool:
    """Whether more was used than predicted."""
    return actual > predicted


def bucket(deliverables: int) -> str:
    """The stratum of a number of deliverables, one of `BUCKETS`."""
    return BUCKETS[bisect.bisect_left(BUCKET_TOPS, deliverables)]


@dataclass(frozen=True, slots=True)
class Figures:
    """Errors over some samples: SMAPE in percent, rates as fractions; None without samples.

    `interval_coverage` is the share of actual tokens within the predicted interval, over the samples
    whose prediction has one.
    """

    samples: int
    mean_smape: float | None = None
    median_smape: float | None = None
    median_waste_ratio: float | None = None
    underestimation_rate: float | None = None
    interval_coverage: float | None = None


def figures(pairs: Iterable[tuple[int, int]], within: Iterable[bool] = ()) -> Figures:
    """The figures over (predicted, actual) pairs; an even median is the mean of the middle two.

    `within` says of each sample that has an interval whether the actual tokens lie in it.
    """
    pairs = list(pairs)
    if not pairs:
        return Figures(0)
    errors = [smape(predicted, actual) for predicted, actual in pairs]
    wastes = [ratio for ratio in (waste_ratio(p, a) for p, a in pairs) if ratio is not None]
    return Figures(
        samples=len(pairs),
        mean_smape=statistics.fmean(errors),
        median_smape=statistics.median(errors),
        median_waste_ratio=statistics.median(wastes) if wastes else None,
        underestimation_rate=rate(underestimated(p, a) for p, a in pairs),
        interval_coverage=rate(within),
    )


def rate(flags: Iterable[bool]) -> float | None:
    """The share of flags that are true, as a fraction; None without any."""
    flags = list(flags)
    return sum(flags) / len(flags) if flags else None


# The same measures as SQL, of {p} predicted and {a} actual tokens.
SMAPE_SQL = "(CASE WHEN {p} + {a} > 0 THEN abs({a} - {p}) / (({p} + {a}) / 2.0) * 100 ELSE 0 END)"
WASTE_SQL = "(CASE WHEN {a} > 0 THEN {p} / {a} END)"
UNDER_SQL = "{a} > {p}"
