"""How the size of errors depends on the predicted level and the category: a strongly pooled fit."""

from __future__ import annotations

import math

import numpy as np

from harness.telemetry.calibration.observations import Flags, Observations, Vector, group_values
from harness.telemetry.fitted import Spread

_NARROWEST, _WIDEST = 0.5, 2.0
_SLOPE_SAMPLES = 30.0
_LEAST_VARIANCE = 0.05
_STEEPEST = 1.0
_GROUP_SAMPLES = 30.0
# The mean of log|z| of a standard normal z: what turns log absolute errors into a standard deviation.
_MEAN_LOG_NORMAL = -0.6351814227307
_LEAST_ERROR = 0.01


def fit_spread(levels: Vector, errors: Vector, observed: Observations, counted: Flags) -> Spread:
    """The spread of `errors` at predicted `levels`, both logarithms, over the `counted` samples.

    Slope and category factors are pulled to none by as many samples as they would need to count half.
    """
    level, error = levels[counted], errors[counted]
    size = np.log(np.maximum(_LEAST_ERROR, np.abs(error))) - _MEAN_LOG_NORMAL
    centre = float(level.mean())
    base = float(np.median(size))
    varied = float(np.sum((level - centre) ** 2))
    pull = _SLOPE_SAMPLES * max(_LEAST_VARIANCE, float(np.var(level)))
    steep = float(np.sum((level - centre) * (size - size.mean())) / (varied + pull))
    slope = max(-_STEEPEST, min(_STEEPEST, steep))
    rest = size - base - slope * (level - centre)
    categories = [dict(pairs)["category"] for pairs, use in zip(observed.groups, counted, strict=True) if use]
    known = {name for group, name in group_values(observed.groups) if group == "category"}
    middle = math.exp(max(-10.0, min(3.0, base)))
    return Spread(
        base=math.log(middle),
        slope=slope,
        centre=centre,
        least=middle * _NARROWEST,
        most=middle * _WIDEST,
        categories={name: _factor(rest, categories, name) for name in sorted(known.intersection(categories))},
    )


def _factor(rest: Vector, categories: list[str], name: str) -> float:
    of_name = np.array([category == name for category in categories])
    total = float(np.sum(rest[of_name] - np.mean(rest)))
    pulled = total / (float(of_name.sum()) + _GROUP_SAMPLES)
    return math.exp(max(-math.log(_WIDEST), min(math.log(_WIDEST), pulled)))
