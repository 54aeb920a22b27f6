"""What a profile is made of, and the profile of weights; every table is pure data, validated."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    model_validator,
)

Share = Annotated[float, Field(ge=0, le=1)]
# Beyond these a number is nonsense, and what is worked out from it could be no count any more.
Factor = Annotated[float, Field(gt=0, le=1000)]
Tokens = Annotated[int, Field(ge=0, le=10**9)]
SomeTokens = Annotated[int, Field(gt=0, le=10**9)]


class Table(BaseModel):
    """A table of a profile: known keys only. Lax about lists for tuples, which is all TOML has."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, allow_inf_nan=False)


class KindRule(Table):
    """Which deliverables are of the kind `name`: any of the conditions is enough."""

    name: str
    top: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    name_prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


class Weight(Table):
    """Tokens a deliverable of one kind adds: a new file, and a change to an existing one."""

    new: Tokens
    modify: Tokens


class Overhead(Table):
    """Tokens of a phase before its deliverables: category -> complexity -> tokens."""

    default: Tokens
    categories: dict[str, dict[str, Tokens]]


class Coordination(Table):
    """What keeping many deliverables in line costs: a share of their weights, from a number on."""

    categories: frozenset[str]
    deliverables_from: PositiveInt
    share: Share


class Margin(Table):
    """A larger factor of the budget, where all conditions that are given hold."""

    factor: Factor
    confidence_below: Share | None = None
    deliverables_from: PositiveInt | None = None
    categories: frozenset[str] | None = None
    complexity: str | None = None


class Budget(Table):
    """Tokens an attempt may use: a base by complexity ("default" for others), a factor, a cap.

    `factor` is of the prediction, or of its upper bound where there is one; a margin can raise it.
    """

    factor: Factor
    cap: SomeTokens
    base: dict[str, SomeTokens]
    margins: tuple[Margin, ...] = ()

    @model_validator(mode="after")
    def _has_default(self) -> Budget:
        if "default" not in self.base:
            raise ValueError("a table by complexity needs a default")
        return self


class NoDeliverables(Table):
    """The prediction where no deliverables are named, by complexity ("default" for any other)."""

    confidence: Share
    tokens: dict[str, SomeTokens]


class Confidence(Table):
    """base + path * (share of deliverables with a suffix)."""

    base: Share
    path: Share


class Steps(Table):
    """A factor by a figure: that of the first limit the figure is below, else `above`."""

    below: tuple[tuple[PositiveInt, Factor], ...]
    above: Factor

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


class SizeFactors(Table):
    """What an existing file's size does to its weight: three factors' product, within bounds."""

    minimum: Factor
    maximum: Factor
    lines: Steps
    imports: Steps
    indent: Steps


class Profile(Table):
    """What every profile says, however it predicts. Tokens are output tokens."""

    name: str
    version: PositiveInt
    aliases: dict[str, str]
    budget: Budget

    def canonical(self, category: str) -> str:
        """The one spelling of `category`: trimmed, lower case, aliases resolved."""
        spelling = category.strip().lower()
        return self.aliases.get(spelling, spelling)


class TableProfile(Profile):
    """A profile of weights: safety * (overhead + the sum of the deliverables' weights + coordination)."""

    formula: Literal["weights"] = "weights"
    safety: Factor
    default_kind: str
    kinds: tuple[KindRule, ...]
    weights: dict[str, Weight]
    overhead: Overhead
    coordination: tuple[Coordination, ...] = ()
    no_deliverables: NoDeliverables
    confidence: Confidence
    size: SizeFactors

    @functools.cached_property
    def kinds_found(self) -> dict[tuple[str, str], str]:
        """The kinds found so far, by path and category: telemetry names the same ones again and again."""
        return {}

    @model_validator(mode="after")
    def _consistent(self) -> TableProfile:
        unweighted = {self.default_kind, *(rule.name for rule in self.kinds)} - self.weights.keys()
        if unweighted:
            raise ValueError(f"kinds without a weight: {', '.join(sorted(unweighted))}")
        for alias, category in self.aliases.items():
            if category in self.aliases or alias in self.overhead.categories:
                raise ValueError(f"the alias {alias!r} must name a category and not be one itself")
        if "default" not in self.no_deliverables.tokens:
            raise ValueError("a table by complexity needs a default")
        return self
