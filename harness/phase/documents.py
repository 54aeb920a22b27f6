"""The JSON documents about phases and attempts: printed by `--json` and kept as evidence."""

from __future__ import annotations

from typing import Literal, overload

from pydantic import BaseModel, ConfigDict

from harness.agents.model import Usage
from harness.policy.model import Violation

Outcome = Literal["complete", "failed", "refused", "unusable", "blocked"]
AttemptOutcome = Literal["complete", "failed", "refused", "unusable", "blocked", "escalated"]
EscalationReason = Literal["truncation", "utilization"]
BaseSource = Literal["selected_budget", "actual_max_tokens", "tokens_used"]
GateState = Literal["pass", "fail", "unknown"]
TestsStatus = Literal["passed", "failed", "unknown", "none", "not_run"]


class Document(BaseModel):
    """A document of ours; a newer harness may have added keys to it."""

    # Built when first used: most commands need few of these models.
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class ViolationDocument(Document):
    code: str
    path: str | None
    message: str
    hint: str = ""

    @classmethod
    def of(cls, violation: Violation) -> ViolationDocument:
        return cls(
            code=violation.code,
            path=printable(violation.path),
            message=printable(violation.message),
            hint=printable(violation.hint),
        )


class GateDocument(Document):
    """One gate of the finalizer; unknown is not a pass."""

    name: str
    state: GateState
    reason: str = ""


class ReportReference(Document):
    """Where a test report is kept: the notes ref, and the id of its blob."""

    ref: str
    object: str


class DeltaDocument(Document):
    newly_failing: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    newly_skipped: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()
    """Test functions that lost some of their parameters."""
    flaky: tuple[str, ...] = ()
    """Tests, or modules to collect, that failed at first and passed when run again; not in newly_failing."""


class TestsDocument(Document):
    """What the tests said. `status`: passed, failed, unknown, none (a recorded choice) or not_run."""

    status: TestsStatus
    report: ReportReference | None = None
    why: str = ""
    total: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    severity: str = "none"
    delta: DeltaDocument = DeltaDocument()
    baseline: str = ""
    """What the run on the phase base came to: completed, no_tests, broken, unknown, or none."""
    baseline_object: str = ""
    """Id of `baseline.json`, the outcomes on the phase base; "" where there is none."""
    duration: float = 0.0
    python: str = ""
    """Version of the interpreter."""
    interpreter: str = ""
    """Which interpreter it was, and why that one."""


class TokensDocument(Document):
    """Output tokens: predicted for the attempt, really used (None: unknown), and the budget given."""

    predicted: int
    actual: int | None
    budget: int


class CheckoutChangeDocument(Document):
    kind: str
    name: str
    change: str


class ContainmentDocument(Document):
    """How agent and tests were contained: "bubblewrap", "none: " with the reason, or None where none ran."""

    agent: str | None = None
    tests: str | None = None


class ApprovalDocument(Document):
    """By whose decision the candidate of an earlier attempt passed, and why."""

    attempt: int | None
    digest: str
    codes: tuple[str, ...]
    by: str
    at: str
    reason: str


class AskedDocument(Document):
    """What an attempt was made on and of, where other phases landed before it did.

    `base` is the commit that was the phase base then, `start` and `tree` are trees, `commit` keeps the
    candidate (None: not built).
    """

    base: str
    start: str
    tree: str | None = None
    commit: str | None = None


class EscalationDocument(Document):
    """Why the next attempt gets more output tokens, and how many.

    `base` is the largest of the selected budget, the ceiling the agent sent to its API and the tokens it
    used; `budget` is `factor` times that, at most what its model can answer with.
    """

    reason: EscalationReason
    base: int
    base_source: BaseSource
    factor: float
    budget: int


class ProgressDocument(Document):
    """How an attempt that isn't complete failed, to tell whether the next one gets any further.

    `repeats` counts the attempts in a row that failed so. `situation` is a digest of what it was made in:
    the plan's text of the phase, the files of its base, its agent. `diagnosis` is the one it was given.
    """

    fingerprint: str
    repeats: int = 1
    situation: str = ""
    diagnosis: str | None = None


class AttemptDocument(Document):
    """One attempt and everything decided about it."""

    number: int
    outcome: AttemptOutcome
    decided: Outcome | None = None
    """What the gates came to, where the outcome is "escalated"; None elsewhere."""
    escalation: EscalationDocument | None = None
    progress: ProgressDocument | None = None
    violations: tuple[ViolationDocument, ...] = ()
    gates: tuple[GateDocument, ...] = ()
    tests: TestsDocument
    tokens: TokensDocument
    usage: Usage = Usage()
    stop_reason: str | None = None
    truncated: bool = False
    format: str = ""
    base: str
    start: str
    tree: str | None = None
    commit: str | None = None
    would_apply: tuple[int, ...] = ()
    """Operations of a reply nothing was built from that had no fault of their own."""
    warnings: tuple[str, ...] = ()
    checkout_changes: tuple[CheckoutChangeDocument, ...] = ()
    containment: ContainmentDocument = ContainmentDocument()
    approval: ApprovalDocument | None = None
    asked: AskedDocument | None = None
    """None where nothing landed meanwhile; else `base`, `start` and `tree` are those after the merge."""
    masked: tuple[str, ...] = ()
    """Evidence files in which secrets are replaced by their digests."""
    started: str = ""
    duration: float = 0.0

    @property
    def judged(self) -> Outcome:
        """What the gates came to, escalated or not; a phase's outcome is its last attempt's."""
        return self.decided or ("failed" if self.outcome == "escalated" else self.outcome)


class PhaseDocument(Document):
    """`harness.phase/1`: what `run-phase --json` prints."""

    schema_: Literal["harness.phase/1"] = "harness.phase/1"
    run: str
    phase: str
    outcome: Outcome
    commit: str | None = None
    reason: str = ""
    branch: str = ""
    base: str | None = None
    dry_run: bool = False
    attempts: tuple[AttemptDocument, ...] = ()
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The document as plain data, its schema first."""
        data = self.model_dump(mode="json")
        return {"schema": data.pop("schema_"), **data}


@overload
def printable(text: str) -> str: ...
@overload
def printable(text: str | None) -> str | None: ...
def printable(text: str | None) -> str | None:
    """Text for a JSON document: what couldn't be decoded is escaped."""
    # Undecodable bytes of a path arrive as lone surrogates, which JSON for others must not hold.
    return text if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")
