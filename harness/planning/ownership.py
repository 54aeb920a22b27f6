"""Two phases that deliver one path, though neither waits for the other. Pure."""

from __future__ import annotations

import graphlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.fold import fold
from harness.planning.model import PlanProblem

if TYPE_CHECKING:
    from harness.plan import Plan


def owned_twice(plan: Plan) -> dict[str, list[PlanProblem]]:
    """By phase, each of its deliverables that an earlier phase of the plan delivers, too, in no order.

    Paths are compared as the most forgiving file system would; a folder holds what is below it.
    Sets of phases are the bits of a number: the n-th bit is the n-th phase of the plan.
    """
    ordered = _ordered(plan)
    owners: defaultdict[str, int] = defaultdict(int)
    below: defaultdict[str, int] = defaultdict(int)
    found: dict[str, list[PlanProblem]] = {}
    for number, phase in enumerate(plan.phase):
        keys = {path: fold(path.removesuffix("/")) for path in phase.deliverables}
        for path, key in keys.items():
            rivals = owners[key] | below[key]
            for folder in _folders(key):
                rivals |= owners[folder]
            rivals &= ~ordered[number]
            if rivals:
                other = plan.phase[(rivals & -rivals).bit_length() - 1].id
                found.setdefault(phase.id, []).append(_problem(phase.id, other, path))
        for key in keys.values():
            owners[key] |= 1 << number
            for folder in _folders(key):
                below[folder] |= 1 << number
    return found


def _problem(phase: str, other: str, path: str) -> PlanProblem:
    return PlanProblem(
        "deliverable-owned-twice",
        phase,
        f"{path} is delivered by {other!r} as well, and neither waits for the other",
        f"add depends_on = [{other!r}] to {phase!r}, or let one of them deliver it",
        path,
        other,
    )


def _folders(key: str) -> Iterator[str]:
    while "/" in key:
        key = key.rpartition("/")[0]
        yield key


def _ordered(plan: Plan) -> Sequence[int]:
    """For each phase those that come surely before or after it, and itself."""
    numbers = {phase.id: number for number, phase in enumerate(plan.phase)}
    depends = {phase.id: phase.depends_on for phase in plan.phase}
    order = list(graphlib.TopologicalSorter(depends).static_order())
    before, after = [0] * len(numbers), [0] * len(numbers)
    for name in order:
        for needed in depends[name]:
            before[numbers[name]] |= before[numbers[needed]] | 1 << numbers[needed]
    for name in reversed(order):
        for needed in depends[name]:
            after[numbers[needed]] |= after[numbers[name]] | 1 << numbers[name]
    return [before[n] | after[n] | 1 << n for n in range(len(numbers))]
