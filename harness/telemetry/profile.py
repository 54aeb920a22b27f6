"""Estimator profiles: pure data, one TOML file each, read into a frozen, validated model."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from harness.errors import UsageError

Share = Annotated[float, Field(ge=0, le=1)]


class _Table(BaseModel):
    # Lax about lists for tuples, which is all TOML has.
    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, allow_inf_nan=False)


class KindRule(_Table):
    """Which deliverables are of the kind `name`: any of the conditions is enough."""

    name: str
    top: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    name_prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


class Weight(_Table):
    """Tokens a deliverable of one kind adds: a new file, and a change to an existing one."""

    new: NonNegativeInt
    modify: NonNegativeInt


class Overhead(_Table):
    """Tokens of a phase before its deliverables: category -> complexity -> tokens."""

    default: NonNegativeInt
    categories: dict[str, dict[str, NonNegativeInt]]


class Budget(_Table):
    """Tokens an attempt may use: a base by complexity ("default" for others), a factor, a cap."""

    factor: PositiveFloat
    cap: PositiveInt
    base: dict[str, PositiveInt]


class NoDeliverables(_Table):
    """The prediction where no deliverables are named, by complexity ("default" for any other)."""

    confidence: Share
    tokens: dict[str, PositiveInt]


class Confidence(_Table):
    """base + path * (share of deliverables with a suffix)."""

    base: Share
    path: Share


class Steps(_Table):
    """A factor by a figure: that of the first limit the figure is below, else `above`."""

    below: tuple[tuple[PositiveInt, PositiveFloat], ...]
    above: PositiveFloat

    @model_validator(mode="after")
    def _ascending(self) -> Steps:
        limits = [limit for limit, _ in self.below]
        if limits != sorted(set(limits)):
            raise ValueError("the limits of steps must ascend")
        return self

    def factor(self, figure: int) -> float:
        """The factor for `figure`."""
        return next((factor for limit, factor in self.below if figure < limit), self.above)

    @property
    def factors(self) -> tuple[float, ...]:
        """Every factor there is."""
        return (*(factor for _, factor in self.below), self.above)


class SizeFactors(_Table):
    """What an existing file's size does to its weight: three factors' product, within bounds."""

    minimum: PositiveFloat
    maximum: PositiveFloat
    lines: Steps
    imports: Steps
    indent: Steps


class Profile(_Table):
    """Everything a prediction depends on beside the phase itself. Tokens are output tokens."""

    name: str
    version: PositiveInt
    safety: PositiveFloat
    default_kind: str
    kinds: tuple[KindRule, ...]
    weights: dict[str, Weight]
    overhead: Overhead
    aliases: dict[str, str]
    budget: Budget
    no_deliverables: NoDeliverables
    confidence: Confidence
    size: SizeFactors

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        unweighted = {self.default_kind, *(rule.name for rule in self.kinds)} - self.weights.keys()
        if unweighted:
            raise ValueError(f"kinds without a weight: {', '.join(sorted(unweighted))}")
        for alias, category in self.aliases.items():
            if category in self.aliases or alias in self.overhead.categories:
                raise ValueError(f"the alias {alias!r} must name a category and not be one itself")
        for table in (self.budget.base, self.no_deliverables.tokens):
            if "default" not in table:
                raise ValueError("a table by complexity needs a default")
        return self

    def canonical(self, category: str) -> str:
        """The one spelling of `category`: trimmed, lower case, aliases resolved."""
        spelling = category.strip().lower()
        return self.aliases.get(spelling, spelling)


def parse_profile(text: str) -> Profile:
    """A profile from its TOML text; tomllib's or pydantic's ValueError where it isn't one."""
    return Profile.model_validate(tomllib.loads(text))


def profile_names() -> tuple[str, ...]:
    """The profiles that come with the package."""
    files = resources.files("harness.telemetry").joinpath("profiles").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


@functools.cache
def load_profile(name: str = "seed") -> Profile:
    """The profile called `name`; UsageError `unknown-profile` names those there are."""
    known = profile_names()
    if name not in known:
        raise UsageError(
            "unknown-profile",
            f"there is no estimator profile {name!r}",
            f"profiles are: {', '.join(known)}",
        )
    file = resources.files("harness.telemetry").joinpath("profiles", f"{name}.toml")
    return parse_profile(file.read_text("utf-8"))
