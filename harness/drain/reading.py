"""What a drain reads before each step: where every phase stands, what was spent, what one may cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.drain.queue import PhaseView
from harness.drain.remote import follow
from harness.drain.spending import Spending, why_over
from harness.drain.sweeping import sweep
from harness.git.tree import Tree
from harness.phase.invocation import Invocation, PhaseOptions, most_tokens, phase_base
from harness.phase.overview import PhaseFacts, RunReader, phase_rows
from harness.phase.progress import no_progress
from harness.phase.reservation import spent_beside_the_ledger
from harness.phase.samples import deliverable_facts, predict_phase

if TYPE_CHECKING:
    from harness.config import Config
    from harness.drain.options import DrainOptions
    from harness.git.repository import Repository
    from harness.plan import Phase, Plan


@dataclass(slots=True)
class Reading:
    """Reads a run from refs each time it is asked; `facts` are those of the last time.

    `trouble` is why the remote could not be followed then.
    """

    user: Repository
    plan: Plan
    options: DrainOptions
    facts: dict[str, PhaseFacts] = field(default_factory=dict)
    trouble: str = ""
    _reader: RunReader = field(init=False)

    def __post_init__(self) -> None:
        self._reader = RunReader(self.user, self.plan.run.id, self.plan)

    def views(self, ours: Collection[str], done_by: Mapping[str, str]) -> list[PhaseView]:
        """Every phase of the plan as it is now; `ours` are those this drain runs itself.

        `done_by` has who did those it is done with: a claim of theirs is one that couldn't be given back.
        """
        if self.options.remote:
            self.trouble = follow(self.user, self.options.remote, self.plan.run.id)
        facts = self.read()
        views = []
        for row in phase_rows(facts):
            fact = self.facts[row.phase]
            if fact.planned is None:
                continue
            owner = fact.claim.owner if fact.claim else ""
            other = row.state == "running" and row.phase not in ours and owner != done_by.get(row.phase)
            elsewhere = owner if other else ""
            stuck = bool(fact.history and no_progress(fact.history[-1]))
            views.append(PhaseView(fact.planned, row.state, row.reason, elsewhere, stuck))
        return views

    def read(self) -> list[PhaseFacts]:
        """What refs say of every phase now."""
        facts = self._reader.facts()
        self.facts = {fact.phase: fact for fact in facts}
        return facts

    def dead_claim(self, phase: str) -> str | None:
        """The claim on a phase that the remote has, though nobody holds it; None without one."""
        return self._reader.dead.get((self.options.remote or "", phase))

    def sweep(self) -> None:
        """Delete the claims of the run that nobody holds."""
        sweep(self.user, self.plan.run.id, self.options.remote, self._reader.watch)

    def is_ready(self, phase: str) -> bool:
        """Whether what a phase made was approved since, so that nobody is asked for it."""
        return self.facts[phase].approved

    def spent(self, seconds: float, reserved_cost: float | None) -> Spending:
        """What all attempts of the run used, and what stands beside them in no ledger.

        `seconds` is for how long the drain runs. An attempt that doesn't tell its cost counts as
        `reserved_cost`, 0 without.
        """
        beside = spent_beside_the_ledger(self.user, self.plan.run.id, reserved_cost)
        spent = Spending(beside.tokens, beside.cost, seconds)
        for fact in self.facts.values():
            spent = spent.with_attempts(fact.history, reserved_cost=reserved_cost)
        return spent

    def without_room(self, config: Config) -> dict[str, str]:
        """Why the limits of the run have no room for phases that could begin otherwise, as last read."""
        budget = config.budget
        if budget.run_tokens is None and budget.run_cost is None:
            return {}
        spent = self.spent(0.0, budget.attempt_cost)
        found = {}
        for row in phase_rows(list(self.facts.values())):
            planned = self.facts[row.phase].planned
            if row.state == "queued" and planned is not None and not self.is_ready(row.phase):
                reserved = self.reserve(planned, config)
                found[row.phase] = why_over(budget, spent, reserved, budget.attempt_cost or 0.0)
        return {phase: f"waits for the budget: {why}" for phase, why in found.items() if why}

    def reserve(self, phase: Phase, config: Config) -> int:
        """Output tokens an attempt of a phase may use."""
        options = PhaseOptions(self.options.plan_path, base=self.options.base, agent=self.options.agent)
        base = phase_base(Invocation(self.user, self.plan, phase, options, lambda _: None))
        facts = deliverable_facts(phase, Tree(self.user.objects, base))
        prediction = predict_phase(phase, facts, config.telemetry.profile, self.user.root)
        limits = [
            *(prediction.budget, phase.budget, config.budget.tokens, config.budget.attempt_tokens),
            most_tokens(config, phase, options),
        ]
        return min(limit for limit in limits if limit is not None)
