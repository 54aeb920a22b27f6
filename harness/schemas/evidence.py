"""Documents kept in git that are written from plain values, as models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.git.notes import Note
from harness.git.refs import RefUpdate
from harness.phase.documents import AttemptOutcome, ContainmentDocument, Document


class SealEvidence(Document):
    """`seal.json`: what belongs to a ledger entry beside the ledger itself."""

    schema_: Literal["harness.seal/1"]
    branch: RefUpdate | None
    notes: tuple[Note, ...]


class ContextEvidence(Document):
    """`context.json`: what a verdict depended on beside base, candidate and phase."""

    schema_: Literal["harness.context/1"]
    run_type: Literal["project_build", "maintenance"]
    policy_digest: str
    """SHA-256 of the phase base's harness.toml, hexadecimal; "" without one."""
    protected: tuple[str, ...]
    closed: tuple[str, ...]
    scope: tuple[str, ...] | None
    agent: str
    harness: str
    """Version of the harness."""
    git: str
    interpreter: str | None
    python: str | None
    containment: ContainmentDocument


class BriefDeliverables(Document):
    missing: tuple[str, ...]
    present: tuple[str, ...]


class EarlierAttempt(Document):
    number: int
    outcome: AttemptOutcome
    codes: tuple[str, ...]


class BriefEvidence(Document):
    """`brief.json`, which an agent gets as `HARNESS_BRIEF`; `text` is the prompt."""

    schema_: Literal["harness.brief/1"]
    run: str
    phase: str
    attempt: int
    goal: str
    category: str
    complexity: str
    deliverables: BriefDeliverables
    scope: tuple[str, ...]
    protected: tuple[str, ...]
    context: tuple[str, ...]
    token_budget: int
    previous: dict[str, Any] | None
    earlier: tuple[EarlierAttempt, ...] = ()
    """Every attempt this one goes on from, oldest first."""
    same_candidate: int | None = None
    """An earlier attempt with the very files of the last one."""
    hint: str | None = None
    """What a diagnosis says should be done differently."""
    base: str = ""
    start: Literal["previous attempt", "earlier attempt", "phase base"]
    text: str


class DiagnosisBriefEvidence(Document):
    """`brief.json` of a diagnosis, which its agent gets as `HARNESS_BRIEF`; `text` is the prompt."""

    schema_: Literal["harness.diagnosis-brief/1"]
    run: str
    run_type: Literal["project_build", "maintenance"]
    phase: str
    diagnosis: int
    goal: str
    deliverables: tuple[str, ...]
    scope: tuple[str, ...]
    attempts: tuple[dict[str, Any], ...]
    earlier: tuple[dict[str, Any], ...]
    text: str


class CiLine(BaseModel):
    """One line of a note under `refs/notes/harness/ci`, and `ci.json`."""

    model_config = ConfigDict(extra="ignore")

    v: Literal[1]
    run: str
    phase: str
    attempt: int
    tree: str
    status: Literal["success", "failure"]
    tests: str
    passed: int
    failed: int
    skipped: int
    total: int
    newly_failing: int
    flaky: int = 0
    report: str | None
    """Id of the report's blob."""
    timestamp: str
    """Seconds since the epoch, ten digits."""
    agent: str


class ReportIdentity(BaseModel):
    """What a report is of; `dropped` says what its cap made go."""

    run: str
    phase: str
    attempt: int
    tree: str
    dropped: str = ""


class ReportLine(BaseModel):
    """One line of a note under `refs/notes/harness/pytest`, and `report.json`: pytest-json-report's own."""

    model_config = ConfigDict(extra="allow")

    harness: ReportIdentity
    exitcode: int
    summary: dict[str, int]
    tests: list[dict[str, Any]] = Field(default_factory=list)
