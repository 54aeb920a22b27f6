"""Intervals from errors on later samples: a conformal split in the order of time, several times over."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from harness.telemetry.calibration.observations import Flags, Observations, Vector
from harness.telemetry.calibration.regression import Regression
from harness.telemetry.fitted import Interval, Spread

LEVEL = 0.9
LEAST_LATER = 40
"""Later errors there must be; with fewer, the interval rests on the leave-one-out errors."""
_ORIGINS = (0.4, 0.55, 0.7, 0.85, 1.0)
_WIDEST = 25.0

Fit = Callable[[Observations], Regression]
SpreadAt = Callable[[Observations, Vector], Vector]


def later_errors(observed: Observations, fit: Fit) -> tuple[Vector, Vector, Observations, Flags]:
    """Errors of fits to the oldest samples on those that came next: (levels, errors, samples, counted)."""
    start = round(_ORIGINS[0] * len(observed))
    levels, errors = [], []
    for begin, end in pairwise(round(share * len(observed)) for share in _ORIGINS):
        later = observed.part(begin, end)
        if len(later):
            predicted = fit(observed.first(begin)).predict(later)
            levels.append(predicted)
            errors.append(later.logs - predicted)
    rest = observed.part(start, len(observed))
    return np.concatenate(levels), np.concatenate(errors), rest, ~rest.censored


def spreads(spread: Spread, levels: Vector, observed: Observations) -> Vector:
    """The spread at each sample's predicted level."""
    return np.array(
        [
            spread.at(float(level), dict(pairs)["category"])
            for level, pairs in zip(levels, observed.groups, strict=True)
        ]
    )


def interval(scaled: Vector, censored: Flags) -> Interval:
    """The interval that holds `LEVEL` of later samples, from errors in units of their spread.

    Each bound is an order statistic with the conformal correction for the number of errors. A censored
    error is at least what it is, so it counts on the upper side and never on the lower.
    """
    tail = (1 - LEVEL) / 2
    return Interval(
        level=LEVEL,
        lower=max(-_WIDEST, min(0.0, -_bound(-scaled[~censored], tail))),
        upper=min(_WIDEST, max(0.0, _bound(scaled, tail))),
    )


def _bound(values: Vector, tail: float) -> float:
    if not len(values):
        return _WIDEST
    rank = math.ceil((len(values) + 1) * (1 - tail))
    ordered = np.sort(values)
    return float(ordered[min(rank, len(values)) - 1])
