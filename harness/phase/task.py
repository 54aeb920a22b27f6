"""What all attempts of one invocation share, and what each attempt has of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from harness.agents.model import Agent
from harness.config import EditsTable
from harness.git.repository import Repository
from harness.phase.approval import Approval
from harness.phase.contained import PhaseContainment
from harness.phase.documents import AttemptDocument
from harness.phase.evidence import Evidence
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
    budget: int
    token_limit: int | None  # output tokens after which no further attempt is made
    progress: Callable[[str], None]
    containment: PhaseContainment = field(default_factory=PhaseContainment)

    @property
    def run(self) -> str:
        return self.plan.run.id


@dataclass(frozen=True, slots=True)
class ReadyCandidate:
    """A candidate that is there already: a blocked one somebody approved since, or what a fix made."""

    tree: str
    format: Literal["approved", "fix"]
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt under way: where it works, what it builds on, what came before, what is kept of it.

    With `ready` no agent is asked: that is the candidate.
    """

    task: Task
    workspace: Workspace
    number: int
    start: Start
    previous: AttemptDocument | None
    ledger: str | None  # the phase's ledger when the attempt began
    ready: ReadyCandidate | None = None
    evidence: Evidence = field(default_factory=Evidence)
