"""Calibrating: samples in, a fitted profile out, with how well it does on what it hasn't seen."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from harness.telemetry.calibration.intervals import LEAST_LATER, interval, later_errors, spreads
from harness.telemetry.calibration.observations import Flags, Observations, Vector
from harness.telemetry.calibration.regression import Penalty, Regression, regress
from harness.telemetry.calibration.spread import fit_spread
from harness.telemetry.features import VERSION
from harness.telemetry.fitted import Fit, FittedProfile, Interval, Spread

PENALTIES = (5.0, 10.0, 20.0, 40.0, 80.0)
"""What is tried, in samples; the one with the smallest leave-one-out error is taken."""
HALF_LIFE = 0.5
"""A sample half of all samples ago counts half: habits change."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fit to observations. SMAPE in percent; `coverage` is the share of judged samples in their
    leave-one-out interval."""

    regression: Regression
    penalty: Penalty
    spread: Spread
    interval: Interval
    smape: float
    coverage: float


def fit(observed: Observations, judged: Flags) -> Fitted:
    """Fit all observations; errors are of those `judged`."""
    penalty, regression = _best(observed, judged)
    levels, errors = observed.logs - regression.left_out, regression.left_out
    spread = fit_spread(levels, errors, observed, ~observed.censored)
    scaled = errors / spreads(spread, levels, observed)
    bounds = _interval(observed, penalty, spread, scaled)
    inside = (scaled >= bounds.lower) & (scaled <= bounds.upper)
    return Fitted(
        regression=regression,
        penalty=penalty,
        spread=spread,
        interval=bounds,
        smape=log_smape(errors[judged]),
        coverage=float(inside[judged].mean()),
    )


def log_smape(errors: Vector) -> float:
    """Mean SMAPE in percent of predictions whose logarithms are off by `errors`."""
    return float(np.mean(200 * np.tanh(np.abs(errors) / 2)))


def make_profile(name: str, fitted: Fitted, about: Fit) -> FittedProfile:
    """The profile of a fit, its numbers rounded to what the data can tell."""
    tables: dict[str, Any] = {
        **_template(),
        "name": name,
        "version": 1,
        "formula": "log-linear",
        "features": VERSION,
        "intercept": float(fitted.regression.weights[0]),
        "terms": {k: term.model_dump() for k, term in fitted.regression.terms().items()},
        "offsets": fitted.regression.offsets(),
        "spread": fitted.spread.model_dump(),
        "interval": fitted.interval.model_dump(),
        "fit": about.model_dump(),
    }
    return FittedProfile.model_validate(_rounded(tables))


def spelling() -> FittedProfile:
    """A profile without a fit, for its category aliases."""
    none = Spread(base=0, slope=0, centre=0, least=1, most=1)
    about = Fit(
        samples=0,
        censored=0,
        backfilled=0,
        newest="",
        leave_one_out_smape=0,
        compared_with="",
        compared_smape=0,
    )
    tables = {
        **_template(),
        "name": "",
        "version": 1,
        "formula": "log-linear",
        "features": VERSION,
        "intercept": 0.0,
        "terms": {},
        "offsets": {},
        "spread": none,
        "interval": Interval(level=0.9, lower=0, upper=0),
        "fit": about,
    }
    return FittedProfile.model_validate(tables)


def _best(observed: Observations, judged: Flags) -> tuple[Penalty, Regression]:
    # A category has two offsets, its own and one with its complexity: each is pulled twice as hard.
    penalties = [Penalty(amount, 2 * amount) for amount in PENALTIES]
    tried = [(penalty, _regress(observed, penalty)) for penalty in penalties]
    return min(tried, key=lambda one: log_smape(one[1].left_out[judged]))


def _regress(observed: Observations, penalty: Penalty) -> Regression:
    age = np.arange(len(observed))[::-1] / max(1, len(observed))
    return regress(observed, penalty, 0.5 ** (age / HALF_LIFE))


def _interval(observed: Observations, penalty: Penalty, spread: Spread, scaled: Vector) -> Interval:
    """Of leave-one-out errors and, with enough samples, of errors on later ones together."""
    if len(observed) < LEAST_LATER:
        return interval(scaled, observed.censored)
    levels, errors, later, counted = later_errors(observed, lambda some: _regress(some, penalty))
    both = np.concatenate([scaled, errors / spreads(spread, levels, later)])
    return interval(both, np.concatenate([observed.censored, ~counted]))


def _template() -> dict[str, Any]:
    file = resources.files("harness.telemetry.calibration").joinpath("template.toml")
    return tomllib.loads(file.read_text("utf-8"))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, 6) if isinstance(value, float) else value


def group_counts(observed: Observations, group: str) -> Sequence[tuple[str, int]]:
    """The values of a group and how many samples each has."""
    values = [dict(pairs).get(group) for pairs in observed.groups]
    return [(name, values.count(name)) for name in sorted({value for value in values if value is not None})]
