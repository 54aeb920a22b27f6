"""The fitted profile: a log-linear formula, its coefficients and its interval, all of it data."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from harness.telemetry.features import VERSION
from harness.telemetry.profile_tables import Profile, Table

# Beyond this a coefficient of logarithms is nonsense, and exp() could overflow.
Coefficient = Annotated[float, Field(ge=-50, le=50)]
Figure = Annotated[float, Field(ge=-1e6, le=1e6)]
LARGEST_LOG = math.log(2**53 - 1)


class Term(Table):
    """A feature's part in a formula: weight * (the feature, held within [low, high], minus centre).

    `low` and `high` are the least and the most the samples had, so nothing is extrapolated.
    """

    weight: Coefficient
    centre: Figure
    low: Figure
    high: Figure

    @model_validator(mode="after")
    def _ordered(self) -> Term:
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self

    def part(self, figure: float) -> float:
        """What a feature of this figure adds."""
        return self.weight * (min(self.high, max(self.low, figure)) - self.centre)


class Spread(Table):
    """How far off predictions are, on the logarithmic scale: exp(base + slope * (level - centre)).

    `level` is the predicted logarithm; the result is held within [least, most] and multiplied with
    the factor of the category.
    """

    base: Coefficient
    slope: Coefficient
    centre: Figure
    least: Annotated[float, Field(gt=0, le=50)]
    most: Annotated[float, Field(gt=0, le=50)]
    categories: dict[str, Annotated[float, Field(gt=0, le=10)]] = Field(default_factory=dict)

    def at(self, level: float, category: str) -> float:
        """The spread of a prediction whose logarithm is `level`."""
        raw = math.exp(max(-50.0, min(50.0, self.base + self.slope * (level - self.centre))))
        return min(self.most, max(self.least, raw)) * self.categories.get(category, 1.0)


class Interval(Table):
    """Quantiles of the error in units of its spread, and the share of samples between them."""

    level: Annotated[float, Field(gt=0, lt=1)]
    lower: Annotated[float, Field(ge=-100, le=0)]
    upper: Annotated[float, Field(ge=0, le=100)]


class Fit(Table):
    """Where a profile comes from: of how many samples, and how it did on those it hadn't seen.

    `newest` is the time of the newest sample, "" where none had one.
    """

    samples: NonNegativeInt
    censored: NonNegativeInt
    backfilled: NonNegativeInt
    newest: str
    leave_one_out_smape: Annotated[float, Field(ge=0, le=200)]
    compared_with: str
    compared_smape: Annotated[float, Field(ge=0, le=200)]


class FittedProfile(Profile):
    """A profile of `calibrate`: log(tokens) = intercept + the terms + the offsets of the groups."""

    formula: Literal["log-linear"]
    features: int
    floor: PositiveInt
    intercept: Coefficient
    terms: dict[str, Term]
    offsets: dict[str, dict[str, Coefficient]]
    """By group ("category", "complexity", "category/complexity") and its value; 0 for others."""
    spread: Spread
    interval: Interval
    fit: Fit

    @model_validator(mode="after")
    def _known_features(self) -> FittedProfile:
        if self.features != VERSION:
            raise ValueError(
                f"fitted to features {self.features}, this version has {VERSION}: calibrate again"
            )
        return self
