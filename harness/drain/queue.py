"""The order of a run's phases, and why one can't run. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.plan import Phase


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A phase as the queue sees it: its state, and the reason for that.

    `elsewhere` is who else works on it now, "" where nobody does. `stuck` is whether its last attempts all
    failed in the same way.
    """

    phase: Phase
    state: str
    reason: str = ""
    elsewhere: str = ""
    stuck: bool = False

    @property
    def is_complete(self) -> bool:
        return self.state == "complete"

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done about it."""
        return self.state in ("complete", "skipped")


def next_phase(
    views: Sequence[PhaseView], tried: Collection[str], run: Sequence[PhaseView] | None = None
) -> Phase | None:
    """The first phase, in plan order, that nobody is at, that wasn't tried, and that waits for no other.

    Those that are stuck come last. `run` is every phase there is, where `views` are only some.
    """
    complete = {view.phase.id for view in run or views if view.is_complete}
    for view in sorted(views, key=lambda view: view.stuck):
        known = view.phase.id in tried or view.is_over or view.elsewhere
        if not known and complete.issuperset(view.phase.depends_on):
            return view.phase
    return None


def worked_on_elsewhere(views: Sequence[PhaseView], ours: Collection[str]) -> list[str]:
    """The phases somebody else works on now, and those alone."""
    return [view.phase.id for view in views if view.elsewhere and view.phase.id not in ours]


def why_left(views: Sequence[PhaseView], tried: Mapping[str, str]) -> dict[str, str]:
    """For each phase that isn't over, why it isn't; `tried` has the reasons of those that ran."""
    states = {view.phase.id: view.state for view in views}
    left = {}
    for view in views:
        if view.is_over:
            continue
        unmet = [name for name in view.phase.depends_on if states.get(name) != "complete"]
        if view.phase.id in tried:
            left[view.phase.id] = tried[view.phase.id]
        elif view.elsewhere:
            left[view.phase.id] = view.reason
        elif unmet:
            left[view.phase.id] = f"waits for {', '.join(unmet)}"
        else:
            left[view.phase.id] = view.reason if view.state == "waiting" else "was not reached"
    return left
