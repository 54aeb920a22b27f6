"""The fit: ridge regression of logarithms, robust to outliers, with censored observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import log_ndtr

from harness.telemetry.calibration.observations import Flags, Observations, Vector, group_values
from harness.telemetry.fitted import Term

Matrix = NDArray[np.float64]

HUBER = 1.5
"""Residuals beyond this many standard deviations weigh less (Huber)."""
LEAST_SCALE = 0.05
"""Standard deviations below 5 % are taken for coincidence."""
_SOURCE = 0.1
_ROUNDS = 60
_CLOSE = 1e-4


@dataclass(frozen=True, slots=True)
class Penalty:
    """How strongly weights are pulled to zero: of features, and of groups' offsets (partial pooling).

    In samples: a group of as many samples is pulled half the way to the whole.
    """

    features: float
    groups: float


@dataclass(frozen=True, slots=True)
class Design:
    """Samples as a matrix: a column of ones, standardised features, one column a group's value."""

    names: tuple[str, ...]
    centres: Vector
    scales: Vector
    lows: Vector
    highs: Vector
    values: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, observed: Observations) -> Design:
        """The design of these observations; features that never vary are left out."""
        names = sorted({name for figures in observed.figures for name in figures})
        raw = _table(observed, names)
        varying = np.ptp(raw, axis=0) > 1e-9
        raw = raw[:, varying]
        return cls(
            names=tuple(name for name, varies in zip(names, varying, strict=True) if varies),
            centres=raw.mean(axis=0),
            scales=raw.std(axis=0),
            lows=raw.min(axis=0),
            highs=raw.max(axis=0),
            values=tuple(group_values(observed.groups)),
        )

    def matrix(self, observed: Observations) -> Matrix:
        """The rows of observations, which may be others than the design's own."""
        raw = np.clip(_table(observed, self.names), self.lows, self.highs)
        column = {value: number for number, value in enumerate(self.values)}
        offsets = np.zeros((len(observed), len(self.values)))
        for row, pairs in enumerate(observed.groups):
            for pair in pairs:
                if pair in column:
                    offsets[row, column[pair]] = 1.0
        return np.hstack([np.ones((len(observed), 1)), (raw - self.centres) / self.scales, offsets])

    def penalties(self, penalty: Penalty) -> Vector:
        """The penalty of each column; the intercept, and what sets commits apart, have next to none."""
        groups = [_SOURCE if group == "source" else penalty.groups for group, _ in self.values]
        return np.concatenate([[1e-9], [penalty.features] * len(self.names), groups])


@dataclass(frozen=True, slots=True)
class Regression:
    """A fitted line: weights of the design's columns, the scale of its errors, and errors left out.

    `left_out` is each sample's error in a fit without it (exact for the weights the fit ended with); of a
    censored one, how far its bound is above that.
    """

    design: Design
    weights: Vector
    scale: float
    left_out: Vector

    def predict(self, observed: Observations) -> Vector:
        """The fitted logarithms."""
        return np.asarray(self.design.matrix(observed) @ self.weights)

    def terms(self) -> dict[str, Term]:
        """The features' parts, in their own units."""
        design, count = self.design, len(self.design.names)
        return {
            name: Term(weight=float(w / s), centre=float(c), low=float(low), high=float(high))
            for name, w, s, c, low, high in zip(
                design.names,
                self.weights[1 : count + 1],
                design.scales,
                design.centres,
                design.lows,
                design.highs,
                strict=True,
            )
        }

    def offsets(self) -> dict[str, dict[str, float]]:
        """The groups' offsets, by group and value."""
        found: dict[str, dict[str, float]] = {}
        for (group, value), weight in zip(
            self.design.values, self.weights[1 + len(self.design.names) :], strict=True
        ):
            found.setdefault(group, {})[value] = float(weight)
        return found


def regress(observed: Observations, penalty: Penalty, recency: Vector | None = None) -> Regression:
    """Fit observations; `recency` weighs them. Expectation-maximisation: a censored logarithm is replaced
    by what it is expected to be above its bound (Tobit), a far one weighs less (Huber), until nothing moves.
    """
    design = Design.of(observed)
    matrix, ridge = design.matrix(observed), np.diag(design.penalties(penalty))
    base = np.ones(len(observed)) if recency is None else recency
    logs, weights = observed.logs, np.zeros(matrix.shape[1])
    weights[0] = float(np.median(logs))
    scale, fitted = max(LEAST_SCALE, float(np.std(logs))), matrix @ weights
    for _ in range(_ROUNDS):
        target = np.where(observed.censored, _expected(fitted, logs, scale), logs)
        trust = base * _trust((target - fitted) / scale)
        factor = cho_factor(matrix.T @ (matrix * trust[:, None]) + ridge)
        found = cho_solve(factor, matrix.T @ (trust * target))
        moved = float(np.max(np.abs(found - weights)))
        weights, fitted = found, matrix @ found
        scale = _scale(logs - fitted, observed.censored, scale)
        if moved < _CLOSE:
            break
    leverage = trust * np.einsum("ij,ji->i", matrix, cho_solve(factor, matrix.T))
    left_out: Vector = logs - target + (target - fitted) / np.maximum(0.02, 1.0 - leverage)
    return Regression(design, weights, scale, left_out)


def _table(observed: Observations, names: tuple[str, ...] | list[str]) -> Matrix:
    rows = [[figures.get(name, 0.0) for name in names] for figures in observed.figures]
    return np.array(rows, dtype=np.float64).reshape(len(observed), len(names))


def _expected(fitted: Vector, bounds: Vector, scale: float) -> Vector:
    """The expectation of a normal variable known to be above its bound (the inverse Mills ratio)."""
    z = np.clip((bounds - fitted) / scale, -30.0, 30.0)
    mills = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-z))
    return np.asarray(np.maximum(bounds, fitted + scale * mills))


def _trust(errors: Vector) -> Vector:
    return np.asarray(np.minimum(1.0, HUBER / np.maximum(np.abs(errors), 1e-12)))


def _scale(errors: Vector, censored: Flags, before: float) -> float:
    """The standard deviation from the median absolute error of what isn't censored."""
    if censored.all():
        return before
    return max(LEAST_SCALE, 1.4826 * float(np.median(np.abs(errors[~censored]))))
