"""The strata samples are grouped by: category, complexity, number of deliverables, model, agent."""

from __future__ import annotations

from collections.abc import Iterable

from harness.telemetry.measures import BUCKETS, bucket
from harness.telemetry.profile import Profile

KINDS = ("category", "complexity", "deliverables", "model", "agent")
COMPLEXITIES = ("low", "medium", "high", "maintenance")
UNKNOWN = "unknown"
"""The model or agent of rows that name none."""

_ORDER: dict[str, tuple[str, ...]] = {"complexity": COMPLEXITIES, "deliverables": BUCKETS}


def names(
    profile: Profile, category: str, complexity: str, deliverables: int, model: str | None, agent: str | None
) -> tuple[str, ...]:
    """The stratum of a sample in each of `KINDS`."""
    return (
        profile.canonical(category),
        complexity.strip().lower(),
        bucket(deliverables),
        model or UNKNOWN,
        agent or UNKNOWN,
    )


def ordered(kind: str, present: Iterable[str]) -> list[str]:
    """The strata of a kind as they are shown: known ones in their order, then others by name."""
    present = set(present)
    known = _ORDER.get(kind, ())
    return [name for name in known if name in present] + sorted(present.difference(known))
