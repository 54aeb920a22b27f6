"""What a fitted profile predicts: plain arithmetic on its coefficients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.telemetry.fitted import LARGEST_LOG, FittedProfile


@dataclass(frozen=True, slots=True)
class TokenRange:
    """Output tokens: the median, and the bounds that hold a share `level` of all samples."""

    lower: int
    median: int
    upper: int
    level: float


def log_tokens(profile: FittedProfile, figures: Mapping[str, float], category: str, complexity: str) -> float:
    """The natural logarithm of the median; figures a profile doesn't weigh are passed over."""
    parts = [term.part(figures.get(name, 0.0)) for name, term in profile.terms.items()]
    parts += [profile.offsets.get(group, {}).get(value, 0.0) for group, value in groups(category, complexity)]
    return profile.intercept + math.fsum(parts)


def groups(category: str, complexity: str) -> tuple[tuple[str, str], ...]:
    """The groups a phase belongs to, which have an offset each."""
    return (
        ("category", category),
        ("complexity", complexity),
        ("category/complexity", f"{category}/{complexity}"),
    )


def fitted_tokens(
    profile: FittedProfile, figures: Mapping[str, float], category: str, complexity: str
) -> TokenRange:
    """The prediction for these figures; always floor <= lower <= median <= upper."""
    level = log_tokens(profile, figures, category, complexity)
    spread, interval = profile.spread.at(level, category), profile.interval
    lower, median, upper = (
        max(profile.floor, round(math.exp(min(LARGEST_LOG, log))))
        for log in (level + spread * interval.lower, level, level + spread * interval.upper)
    )
    return TokenRange(lower, median, upper, interval.level)
