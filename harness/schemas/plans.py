"""Documents about plans and where they stand, as models."""

from __future__ import annotations

from typing import Literal

from harness.phase.documents import Document


class PlannedTokens(Document):
    """Output tokens of one attempt; `confidence` 0..1 is of the prediction."""

    predicted: int
    budget: int
    confidence: float


class PlannedPhase(Document):
    """A phase, in the order a drain begins them."""

    order: int
    phase: str
    goal: str
    tier: str | None
    category: str
    complexity: str
    agent: str | None
    max_attempts: int
    depends_on: tuple[str, ...]
    deliverables: tuple[str, ...]
    scope: tuple[str, ...]
    required_tests: tuple[str, ...]
    tokens: PlannedTokens
    remarks: tuple[str, ...]


class ProblemOfPlan(Document):
    """Why a phase can't be carried out as it stands; `other` is the phase it collides with."""

    code: str
    phase: str
    message: str
    hint: str
    path: str | None
    other: str | None


class PlanAnswer(Document):
    """`harness plan show --json`; `tokens` sums up one attempt of each phase."""

    schema_: Literal["harness.plan/1"]
    run: str
    type: Literal["project_build", "maintenance"]
    path: str
    phases: tuple[PlannedPhase, ...]
    tokens: dict[str, int]
    limits: dict[str, float | None]
    problems: tuple[ProblemOfPlan, ...]


class PlanCheckAnswer(Document):
    """`harness plan check --json`, where nothing stands against the plan."""

    schema_: Literal["harness.plan-check/1"]
    run: str
    phases: int


class PlanChangeAnswer(Document):
    """`harness plan new --json`, and `add`, which names the phase."""

    schema_: Literal["harness.plan-change/1"]
    path: str
    run: str
    phase: str | None


class StandingAnswer(Document):
    """Where a phase stands; tokens are output tokens, `seconds` those of all its attempts."""

    phase: str
    state: str
    attempts: int
    commit: str | None
    tokens: int | None
    reason: str
    tokens_predicted: int | None
    """Of one attempt."""
    seconds: float
    last_refusal: str
    owner: str | None
    tier: str | None


class StatusTotals(Document):
    phases: int
    complete: int
    over: int
    """Complete or skipped."""
    running: int
    tokens: int
    expected: int
    """Of one attempt a phase."""
    seconds: float


class StatusAnswer(Document):
    """`harness status --json`."""

    schema_: Literal["harness.status/1"]
    run: str
    phases: tuple[StandingAnswer, ...]
    totals: StatusTotals
