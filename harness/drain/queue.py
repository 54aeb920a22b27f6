"""The order of a run's phases, and why one can't run. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from harness.plan import Phase


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A phase as the queue sees it: `outcome` of its last attempt ("" without any), and its reason."""

    phase: Phase
    is_complete: bool
    outcome: str = ""
    reason: str = ""


def next_phase(views: Sequence[PhaseView], tried: Collection[str]) -> Phase | None:
    """The first phase, in plan order, that is neither complete nor tried and waits for no other."""
    complete = {view.phase.id for view in views if view.is_complete}
    for view in views:
        known = view.phase.id in tried or view.is_complete
        if not known and complete.issuperset(view.phase.depends_on):
            return view.phase
    return None


def why_left(views: Sequence[PhaseView], tried: Mapping[str, str]) -> dict[str, str]:
    """For each phase that isn't complete, why it isn't; `tried` has the reasons of those that ran."""
    complete = {view.phase.id for view in views if view.is_complete}
    left = {}
    for view in views:
        if view.is_complete:
            continue
        unmet = [name for name in view.phase.depends_on if name not in complete]
        if view.phase.id in tried:
            left[view.phase.id] = tried[view.phase.id]
        elif unmet:
            left[view.phase.id] = f"waits for {', '.join(unmet)}"
        else:
            left[view.phase.id] = "was not reached"
    return left
