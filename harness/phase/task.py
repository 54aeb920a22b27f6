"""What all attempts of one invocation share, and what each attempt has of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from harness.phase.contained import PhaseContainment
from harness.phase.evidence import Evidence

if TYPE_CHECKING:
    from harness.agents.model import Agent
    from harness.config import EditsTable
    from harness.diagnosis.documents import DiagnosisDocument
    from harness.edits.model import Problem
    from harness.git.repository import Repository
    from harness.phase.approval import Approval
    from harness.phase.budgets import Budget
    from harness.phase.documents import AttemptDocument
    from harness.phase.start import Start
    from harness.phase.testing import Testing
    from harness.phase.workspace import Workspace
    from harness.plan import Phase, Plan
    from harness.policy.model import Rules
    from harness.telemetry.estimator import Prediction


@dataclass(frozen=True, slots=True)
class Task:
    """A phase to be done. `base` and `base_tree` are the phase base, `tip` the run branch then (or None)."""

    user: Repository
    plan: Plan
    phase: Phase
    agent: Agent
    rules: Rules
    edits: EditsTable  # how replies are read: the phase base's
    policy_digest: str  # of the phase base's harness.toml
    testing: Testing | None  # None where the plan says there are no tests
    base: str
    base_tree: str
    tip: str | None
    prediction: Prediction
    budget: int  # output tokens an attempt is given
    limits: Budget
    most_tokens: int | None  # what the agent's model can answer with at most, where that is known
    situation: str  # a digest of what decides how an attempt goes
    progress: Callable[[str], None]
    seconds: float | None = None  # left for the agent, where that is less than its own timeout
    guidance: DiagnosisDocument | None = None  # whose hint the agent is given
    containment: PhaseContainment = field(default_factory=PhaseContainment)

    @property
    def run(self) -> str:
        return self.plan.run.id


@dataclass(frozen=True, slots=True)
class ReadyCandidate:
    """A candidate that is there already: a blocked one somebody approved since, or what a fix made.

    It is rejudged, without its approval, where the run has changed the same files since that was given. With
    `conflict` there is none: that keeps what a fix made from being put on today's base.
    """

    tree: str
    format: Literal["approved", "fix", "rejudged"]
    approval: Approval | None = None
    conflict: Problem | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt under way: where it works, what it builds on, what came before, what is kept of it.

    `history` are the attempts it goes on from, oldest first. With `ready` no agent is asked: that is the
    candidate.
    """

    task: Task
    workspace: Workspace
    number: int
    start: Start
    history: Sequence[AttemptDocument]
    ledger: str | None  # the phase's ledger when the attempt began
    ready: ReadyCandidate | None = None
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def previous(self) -> AttemptDocument | None:
        """The attempt before this one."""
        return self.history[-1] if self.history else None
