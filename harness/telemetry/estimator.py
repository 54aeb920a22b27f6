"""The estimator: the output tokens a phase will need, from what is known before it starts."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.telemetry.deliverable import DeliverableFacts, FileSize, kind_of
from harness.telemetry.deliverable import measure as measure
from harness.telemetry.features import features
from harness.telemetry.fitted import FittedProfile
from harness.telemetry.fitted_prediction import fitted_tokens
from harness.telemetry.goal import GoalFacts
from harness.telemetry.profile import Profile, TableProfile
from harness.telemetry.profile_tables import Margin, SizeFactors

MOST_TOKENS = 2**53 - 1
"""No prediction is above this, as no row's count is."""
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{2,4}")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one phase is expected to need.

    `tokens` is the prediction (the median, where the profile is fitted) and `budget` what an attempt is
    given, both in output tokens. A share `level` of all phases is expected between `lower` and `upper`;
    all three are None for a profile that knows no interval. `confidence` is 0..1. `category` is the
    profile's own spelling. `breakdown` maps kinds of deliverables to the tokens they add, before the
    safety factor.
    """

    tokens: int
    budget: int
    confidence: float
    category: str
    complexity: str
    profile: str
    profile_version: int
    breakdown: Mapping[str, int] = field(default_factory=dict)
    lower: int | None = None
    upper: int | None = None
    level: float | None = None


class Expected(NamedTuple):
    """Output tokens: the prediction, and its interval where the profile knows one."""

    tokens: int
    lower: int | None = None
    upper: int | None = None


def predict(
    profile: Profile,
    category: str,
    complexity: str,
    deliverables: Sequence[DeliverableFacts],
    *,
    goal: GoalFacts | None = None,
    count: int | None = None,
) -> Prediction:
    """Predict a phase. An unknown category or complexity takes the profile's defaults.

    `goal` is used by fitted profiles only; `count` is the number of deliverables where not all are
    given. The same arguments always give the same prediction: nothing is read from anywhere else.
    """
    category, complexity = profile.canonical(category), complexity.strip().lower()
    count = max(count or 0, len(deliverables))
    if isinstance(profile, FittedProfile):
        return _fitted(profile, category, complexity, deliverables, goal, count)
    if isinstance(profile, TableProfile):
        return _weighed(profile, category, complexity, deliverables)
    raise TypeError(f"a profile of an unknown kind: {type(profile).__name__}")


def expect(
    profile: Profile,
    category: str,
    complexity: str,
    deliverables: Sequence[DeliverableFacts],
    *,
    goal: GoalFacts | None = None,
    count: int | None = None,
) -> Expected:
    """The tokens of `predict` alone, in a fraction of the time."""
    category, complexity = profile.canonical(category), complexity.strip().lower()
    count = max(count or 0, len(deliverables))
    if isinstance(profile, FittedProfile):
        found = fitted_tokens(profile, features(deliverables, count, goal), category, complexity)
        return Expected(found.median, found.lower, found.upper)
    if isinstance(profile, TableProfile):
        weights = sum(weight for _, weight in _weights(profile, category, deliverables))
        return Expected(_tokens(profile, category, complexity, len(deliverables), weights))
    raise TypeError(f"a profile of an unknown kind: {type(profile).__name__}")


def _fitted(
    profile: FittedProfile,
    category: str,
    complexity: str,
    deliverables: Sequence[DeliverableFacts],
    goal: GoalFacts | None,
    count: int,
) -> Prediction:
    found = fitted_tokens(profile, features(deliverables, count, goal), category, complexity)
    # A narrow interval is a confident prediction: 1 where both bounds are the same.
    confidence = math.sqrt(found.lower / found.upper)
    return Prediction(
        tokens=found.median,
        budget=select_budget(profile, found.upper, complexity, category, count, confidence),
        confidence=confidence,
        category=category,
        complexity=complexity,
        profile=profile.name,
        profile_version=profile.version,
        lower=found.lower,
        upper=found.upper,
        level=found.level,
    )


def _weighed(
    profile: TableProfile, category: str, complexity: str, deliverables: Sequence[DeliverableFacts]
) -> Prediction:
    """int(safety * (overhead + the sum of the weights + coordination)), truncated once, at the end."""
    breakdown: Counter[str] = Counter()
    for kind, weight in _weights(profile, category, deliverables):
        breakdown[kind] += weight
    tokens = _tokens(profile, category, complexity, len(deliverables), breakdown.total())
    if coordination := _coordination(profile, category, len(deliverables), breakdown.total()):
        breakdown["coordination"] = coordination
    confidence = _confidence(profile, deliverables) if deliverables else profile.no_deliverables.confidence
    return Prediction(
        tokens=tokens,
        budget=select_budget(profile, tokens, complexity, category, len(deliverables), confidence),
        confidence=confidence,
        category=category,
        complexity=complexity,
        profile=profile.name,
        profile_version=profile.version,
        breakdown=dict(breakdown),
    )


def _weights(
    profile: TableProfile, category: str, deliverables: Sequence[DeliverableFacts]
) -> Iterator[tuple[str, int]]:
    """The kind of each deliverable, and the tokens it adds."""
    for facts in deliverables:
        kind = kind_of(profile, facts.path, category)
        yield kind, _weight(profile, kind, facts)


def _tokens(profile: TableProfile, category: str, complexity: str, count: int, weights: int) -> int:
    """What `count` deliverables come to that add `weights` tokens."""
    if not count:
        return _by_complexity(profile.no_deliverables.tokens, complexity)
    overhead = profile.overhead.categories.get(category, {}).get(complexity, profile.overhead.default)
    whole = int((overhead + weights + _coordination(profile, category, count, weights)) * profile.safety)
    return min(MOST_TOKENS, whole)


def _coordination(profile: TableProfile, category: str, count: int, weights: int) -> int:
    """The tokens that keeping `count` deliverables of these weights in line takes."""
    return sum(
        int(rule.share * weights)
        for rule in profile.coordination
        if category in rule.categories and count >= rule.deliverables_from
    )


def select_budget(
    profile: Profile,
    tokens: int,
    complexity: str,
    category: str = "",
    count: int = 0,
    confidence: float = 1.0,
) -> int:
    """The budget: min(cap, max(base by complexity, int(factor * tokens))).

    `tokens` is the prediction, or its upper bound where there is one. The factor is the largest of
    the profile's own and those of the margins whose conditions hold.
    """
    budget = profile.budget
    base = _by_complexity(budget.base, complexity)
    applying = [m.factor for m in budget.margins if _applies(m, complexity, category, count, confidence)]
    return min(budget.cap, max(base, int(tokens * max([budget.factor, *applying]))))


def _applies(margin: Margin, complexity: str, category: str, count: int, confidence: float) -> bool:
    return (
        (margin.confidence_below is None or confidence < margin.confidence_below)
        and (margin.deliverables_from is None or count >= margin.deliverables_from)
        and (margin.categories is None or category in margin.categories)
        and (margin.complexity is None or complexity == margin.complexity)
    )


def smallest(profile: Profile) -> int:
    """The smallest number of tokens `profile` can ever predict."""
    if isinstance(profile, FittedProfile):
        return profile.floor
    if not isinstance(profile, TableProfile):
        raise TypeError(f"a profile of an unknown kind: {type(profile).__name__}")
    size = profile.size
    least_factor = min(
        _within(size, lines * imports * indent)
        for lines, imports, indent in itertools.product(
            size.lines.factors, size.imports.factors, size.indent.factors
        )
    )
    weight = min(
        min(weight.new, weight.modify, int(weight.modify * least_factor))
        for weight in profile.weights.values()
    )
    tables = profile.overhead.categories.values()
    overhead = min([profile.overhead.default, *(v for table in tables for v in table.values())])
    empty = min(profile.no_deliverables.tokens.values())
    return min(empty, int((overhead + weight) * profile.safety))


def _weight(profile: TableProfile, kind: str, facts: DeliverableFacts) -> int:
    weight = profile.weights[kind]
    if not facts.existed:
        return weight.new
    if facts.size is None:
        return weight.modify
    return int(weight.modify * _size_factor(profile.size, facts.size))


def _size_factor(factors: SizeFactors, size: FileSize) -> float:
    return _within(
        factors,
        factors.lines.factor(size.lines)
        * factors.imports.factor(size.imports)
        * factors.indent.factor(size.indent),
    )


def _within(factors: SizeFactors, product: float) -> float:
    return max(factors.minimum, min(factors.maximum, product))


def _by_complexity(table: Mapping[str, int], complexity: str) -> int:
    return table.get(complexity.strip().lower(), table["default"])


def _confidence(profile: TableProfile, deliverables: Sequence[DeliverableFacts]) -> float:
    named = sum(bool(_SUFFIX.search(facts.path)) for facts in deliverables)
    return min(1.0, profile.confidence.base + profile.confidence.path * named / len(deliverables))
