"""Documents of commands that have no model of their own elsewhere, as models."""

from __future__ import annotations

from typing import Any, Literal

from harness.codes import Explanation
from harness.doctor.model import Check
from harness.edits.repairs import Repair
from harness.phase.documents import AttemptDocument, Document, ViolationDocument
from harness.phase.fix_documents import FixDocument, FixResultDocument
from harness.policy.model import TreeChange
from harness.sync.model import RefChange


class NearestLines(Document):
    """Where the text that was looked for may have been meant."""

    line: int
    lines: tuple[str, ...]


class RejectedOperation(Document):
    operation: int | None
    code: str
    path: str | None
    message: str
    hint: str
    line: int | None
    nearest: tuple[NearestLines, ...]


class Operations(Document):
    """Numbers of operations; `would_apply` are those without a fault of a reply nothing was built from."""

    declared: int
    applied: int
    skipped: tuple[int, ...]
    rejected: tuple[RejectedOperation, ...]
    would_apply: tuple[int, ...]
    announced: int | None
    remaining: int | None


class CheckAnswer(Document):
    """`harness check --json`."""

    schema_: Literal["harness.check/1"]
    format: str
    base: str
    tree: str | None
    decision: Literal["accepted", "refused", "unusable"]
    violations: tuple[ViolationDocument, ...]
    changes: tuple[TreeChange, ...]
    operations: Operations
    truncated: bool
    repairs: tuple[Repair, ...]


class ShowAnswer(Document):
    """`harness show --json`; `files` are the evidence files of each attempt."""

    schema_: Literal["harness.show/1"]
    run: str
    phase: str
    attempts: tuple[AttemptDocument, ...]
    files: tuple[tuple[str, ...], ...]


class DiffChange(Document):
    path: str
    status: Literal["A", "M", "D", "T"]


class DiffAnswer(Document):
    """`harness diff --json`."""

    schema_: Literal["harness.diff/1"]
    run: str
    base: str
    tip: str
    changes: tuple[DiffChange, ...]


class LogAnswer(Document):
    """`harness log --json`: attempts and fixes in the order they were made."""

    schema_: Literal["harness.log/1"]
    run: str | None
    entries: tuple[LogAttempt | LogFix | LogDiagnosis, ...]


class LogAttempt(Document):
    kind: Literal["attempt"]
    phase: str
    at: str
    number: int
    outcome: str
    commit: str | None
    violations: tuple[str, ...]


class LogFix(Document):
    kind: Literal["fix"]
    id: str
    run: str | None
    phase: str | None
    command: str | tuple[str, ...]
    decision: Literal["allowed", "refused"]
    outcome: str
    result: dict[str, Any] | None
    entry: str


class LogDiagnosis(Document):
    """A diagnosis, as `harness.diagnosis-record/1` has it."""

    kind: Literal["diagnosis"]
    id: str
    run: str
    phase: str
    number: int
    attempt: int
    agent: str
    valid: bool
    problem: str
    action: str | None
    hint: str
    deliverables: tuple[str, ...]
    command: str | tuple[str, ...] | None
    fix_type: str | None
    rationale: str
    confidence: float | None
    at: str


class FixAnswer(FixDocument):
    """`harness fix --json`: the recorded decision with its result."""

    result: FixResultDocument | None


class DropAnswer(Document):
    """`harness drop --json`; `tip` is where the branch was."""

    schema_: Literal["harness.drop/1"]
    run: str
    tip: str


class ExplainAnswer(Document):
    """`harness explain --json`."""

    schema_: Literal["harness.explain/1"]
    codes: tuple[Explanation, ...]


class ErrorAnswer(Document):
    """What any command given `--json` prints for exits 2, 70 and 130, and where it came to nothing else."""

    schema_: Literal["harness.error/1"]
    code: str
    message: str
    hint: str


class GuardViolation(Document):
    code: str
    path: str | None
    line: int
    message: str
    hint: str


class GuardAnswer(Document):
    """`harness guard --json`."""

    schema_: Literal["harness.guard/1"]
    decision: Literal["accepted", "refused"]
    base: str | None
    violations: tuple[GuardViolation, ...]


class InitAnswer(Document):
    """`harness init --json`: paths written and kept, git settings made and kept, what to do next."""

    schema_: Literal["harness.init/1"]
    dry_run: bool
    written: tuple[str, ...]
    kept: tuple[str, ...]
    config: tuple[str, ...]
    config_kept: tuple[str, ...]
    next: tuple[str, ...]
    remarks: tuple[str, ...]


class DoctorAnswer(Document):
    """`harness doctor --json`."""

    schema_: Literal["harness.doctor/1"]
    ok: bool
    checks: tuple[Check, ...]


class NotesAnswer(Document):
    """`harness notes show --json`: the lines of a commit's notes (`report-line-1`, `ci-line-1`)."""

    schema_: Literal["harness.notes/1"]
    commit: str
    pytest: tuple[dict[str, Any], ...]
    ci: tuple[dict[str, Any], ...]


class SyncAnswer(Document):
    """`harness sync --json`: what became of each ref."""

    schema_: Literal["harness.sync/1"]
    remote: str
    dry_run: bool
    complete: bool
    refs: tuple[RefChange, ...]


class NotesDoctorAnswer(Document):
    """`harness notes doctor --json`: what is wrong, which reports can be attached again, which can't."""

    schema_: Literal["harness.notes-doctor/1"]
    well: bool
    fixed: bool
    findings: tuple[dict[str, Any], ...]
    reattach: tuple[dict[str, Any], ...]
    unsure: tuple[dict[str, Any], ...]


class NotesAppraiseAnswer(Document):
    """`harness notes appraise --json`: how many commits have results in `ref` now."""

    schema_: Literal["harness.notes-appraise/1"]
    ref: str
    commits: int


class GcRemnant(Document):
    """Something left behind: `place` is a path or a ref, `goes` whether it can go, `why` (not)."""

    kind: str
    place: str
    goes: bool
    why: str


class GcAnswer(Document):
    """`harness gc --json`; `applied` is whether what goes is gone."""

    schema_: Literal["harness.gc/1"]
    applied: bool
    remnants: tuple[GcRemnant, ...]
