"""The estimator: the output tokens a phase will need, from what is known before it starts."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.telemetry.deliverable import DeliverableFacts, FileSize, kind_of
from harness.telemetry.deliverable import measure as measure
from harness.telemetry.profile import Profile, SizeFactors

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{2,4}")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one phase is expected to need.

    `tokens` is the prediction and `budget` what an attempt is given, both in output tokens.
    `confidence` is 0..1. `category` is the profile's own spelling. `breakdown` maps kinds of
    deliverables to the tokens they add, before the safety factor.
    """

    tokens: int
    budget: int
    confidence: float
    category: str
    complexity: str
    profile: str
    profile_version: int
    breakdown: Mapping[str, int] = field(default_factory=dict)


def predict(
    profile: Profile, category: str, complexity: str, deliverables: Sequence[DeliverableFacts]
) -> Prediction:
    """Predict: int(safety * (overhead + the sum of the weights)), one truncation, at the end.

    An unknown category or complexity takes the profile's defaults. The same arguments always give
    the same prediction: nothing is read from anywhere else.
    """
    category, complexity = profile.canonical(category), complexity.strip().lower()
    breakdown: Counter[str] = Counter()
    for facts in deliverables:
        kind = kind_of(profile, facts.path, category)
        breakdown[kind] += _weight(profile, kind, facts)
    if deliverables:
        overhead = profile.overhead.categories.get(category, {}).get(complexity, profile.overhead.default)
        tokens = int((overhead + breakdown.total()) * profile.safety)
        confidence = _confidence(profile, deliverables)
    else:
        tokens = _by_complexity(profile.no_deliverables.tokens, complexity)
        confidence = profile.no_deliverables.confidence
    return Prediction(
        tokens=tokens,
        budget=select_budget(profile, tokens, complexity),
        confidence=confidence,
        category=category,
        complexity=complexity,
        profile=profile.name,
        profile_version=profile.version,
        breakdown=dict(breakdown),
    )


def select_budget(profile: Profile, tokens: int, complexity: str) -> int:
    """The budget for a prediction: min(cap, max(base by complexity, int(factor * tokens)))."""
    base = _by_complexity(profile.budget.base, complexity)
    return min(profile.budget.cap, max(base, int(tokens * profile.budget.factor)))


def smallest(profile: Profile) -> int:
    """The smallest number of tokens `profile` can ever predict."""
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


def _weight(profile: Profile, kind: str, facts: DeliverableFacts) -> int:
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


def _confidence(profile: Profile, deliverables: Sequence[DeliverableFacts]) -> float:
    named = sum(bool(_SUFFIX.search(facts.path)) for facts in deliverables)
    return min(1.0, profile.confidence.base + profile.confidence.path * named / len(deliverables))
