"""Intervals from errors on later samples: a conformal split in the order of time, several times over."""

from __future__ import annotations

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
_ROUNDING = 1e-9  # of shares: of two samples they differ by more

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

    Each bound has the conformal correction for the number of errors. A censored error is at least what it
    is, so shares are the product limit's (Kaplan and Meier). Where the largest errors are censored, so
    that it doesn't reach the upper bound, that is beyond them, and as far off as the lower one at least.
    """
    order = np.lexsort((censored, scaled))
    values, complete = scaled[order], ~censored[order]
    count = len(values)
    above = np.cumprod(1 - complete / np.arange(count, 0, -1))
    not_below = np.concatenate([[1.0], above])[:-1][complete]
    known, above = values[complete], above[complete]
    if not len(known):
        return Interval(level=LEVEL, lower=-_WIDEST, upper=_WIDEST)
    wanted = (1 + LEVEL) / 2 * (count + 1) / count - _ROUNDING
    lower = known[max(0, int((not_below >= wanted).sum()) - 1)]
    reached = np.flatnonzero(1 - above >= wanted)
    upper = known[reached[0]] if len(reached) else max(values[-1], -lower if censored.any() else 0.0)
    return Interval(
        level=LEVEL,
        lower=max(-_WIDEST, min(0.0, float(lower))),
        upper=min(_WIDEST, max(0.0, float(upper))),
    )
