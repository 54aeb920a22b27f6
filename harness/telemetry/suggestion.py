"""Which phases would fill the most gaps of the coverage: a greedy set cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.telemetry.coverage import Gap

Place = tuple[str, str]
"""A stratum: its kind and its name."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phase that can still be run, and the strata its sample would count for."""

    phase: str
    state: str
    category: str
    complexity: str
    deliverables: str

    @property
    def places(self) -> tuple[Place, ...]:
        return (
            ("category", self.category),
            ("complexity", self.complexity),
            ("deliverables", self.deliverables),
        )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A phase worth running, and the gaps it makes smaller, as `kind: name`."""

    candidate: Candidate
    fills: tuple[Place, ...]


def suggest(candidates: Iterable[Candidate], gaps: Sequence[Gap]) -> list[Suggestion]:
    """The phases in the order to run them: each makes the most gaps smaller that those before left open.

    Of equal ones the one that gives more strata their first sample is first, then the plan's order. Phases
    that fill nothing are left out. Linear in the phases: alike ones are one class, and picks are bounded
    by the samples missing.
    """
    missing = {(gap.kind, gap.name): gap.missing for gap in gaps}
    empty = {(gap.kind, gap.name) for gap in gaps if gap.rank == "high"}
    classes: dict[tuple[Place, ...], list[tuple[int, Candidate]]] = {}
    for order, candidate in enumerate(candidates):
        open_places = tuple(place for place in candidate.places if place in missing)
        if open_places:
            classes.setdefault(open_places, []).append((order, candidate))
    for alike in classes.values():
        alike.reverse()
    found: list[Suggestion] = []
    while classes:
        best = max(classes, key=lambda places: _worth(places, missing, empty, classes[places][-1][0]))
        fills = tuple(place for place in best if missing[place])
        if not fills:
            break
        _, candidate = classes[best].pop()
        if not classes[best]:
            del classes[best]
        for place in fills:
            missing[place] -= 1
            empty.discard(place)
        found.append(Suggestion(candidate, fills))
    return found


def _worth(
    places: tuple[Place, ...], missing: dict[Place, int], empty: set[Place], order: int
) -> tuple[int, int, int]:
    return (sum(missing[place] > 0 for place in places), sum(place in empty for place in places), -order)
