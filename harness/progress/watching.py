"""A run looked at again and again: refs alone are read, no lock is taken, nothing is written."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config import Config
from harness.drain.options import DrainOptions
from harness.drain.reading import Reading
from harness.errors import UsageError
from harness.git.refs import list_refs
from harness.git.repository import Repository, branch_of
from harness.git.tree import Tree
from harness.phase.context import read_checkout_config
from harness.phase.overview import RunReader
from harness.phase.samples import deliverable_facts, predict_phase
from harness.planning.soundness import next_base
from harness.progress.standing import Standing, standings

if TYPE_CHECKING:
    from harness.plan import Plan

# A claim's owner may die without any ref moving.
_MOST_SECONDS = 5.0


@dataclass(slots=True)
class RunWatch:
    """Where a run stands, read anew only when a ref moved or, while something runs, every few seconds."""

    user: Repository
    run: str
    plan: Plan | None
    _reading: Reading | RunReader = field(init=False)
    _predicted: dict[str, int] = field(init=False)
    _refs: dict[str, str] = field(default_factory=dict)
    _read_at: float = float("-inf")
    _rows: list[Standing] = field(default_factory=list)
    _running: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reading = RunReader(self.user, self.run, None)
        if self.plan:
            self._reading = Reading(self.user, self.plan, DrainOptions(Path(), Path()))
        self._predicted = predictions(self.user, self.plan) if self.plan else {}

    def look(self) -> list[Standing]:
        """The phases as they stand now."""
        refs = {
            **list_refs(self.user.git, "refs/harness/"),
            **list_refs(self.user.git, branch_of(self.run)),
            "HEAD": self.user.head(),
        }
        running = any(row.row.state == "running" for row in self._rows)
        is_old = running and time.monotonic() - self._read_at > _MOST_SECONDS
        if refs != self._refs or is_old or not self._rows:
            self._rows = self._read()
            self._refs, self._read_at = refs, time.monotonic()
        return [self._since(row) for row in self._rows]

    def _read(self) -> list[Standing]:
        if isinstance(self._reading, RunReader):
            return standings(self._reading.facts(), {}, {})
        facts = self._reading.read()
        try:
            no_room = self._reading.without_room(read_checkout_config(self.user) or Config())
        except UsageError:  # what nothing predicts has no size
            no_room = {}
        return standings(facts, self._predicted, no_room)

    def _since(self, row: Standing) -> Standing:
        if row.row.state != "running":
            self._running.pop(row.phase, None)
            return row
        since = self._running.setdefault(row.phase, time.monotonic())
        return replace(row, running_for=time.monotonic() - since)


def predictions(user: Repository, plan: Plan) -> dict[str, int]:
    """Output tokens one attempt of each phase is expected to use; none where the profile can't say."""
    config = read_checkout_config(user)
    profile = config.telemetry.profile if config else "seed"
    tree = Tree(user.objects, next_base(user, plan))
    try:
        return {
            phase.id: predict_phase(phase, deliverable_facts(phase, tree), profile, user.root).tokens
            for phase in plan.phase
        }
    except UsageError:
        return {}
