"""The document `harness.verify/1`: what was checked, what differs, and what could not be checked."""

from __future__ import annotations

from typing import Literal

from harness.phase.documents import Document


class FindingDocument(Document):
    """A difference between the record and what follows from it, or a remark; `code` names which."""

    code: str
    run: str
    phase: str | None = None
    attempt: int | None = None
    path: str | None = None
    """The file, ref, trailer or test it is about."""
    message: str


class CheckedDocument(Document):
    """How much was recomputed and compared."""

    attempts: int = 0
    candidates: int = 0
    verdicts: int = 0
    commits: int = 0
    reports: int = 0
    baselines: int = 0
    notes: int = 0
    rows: int = 0
    approvals: int = 0
    fixes: int = 0
    tests_rerun: int = 0
    """Phases whose tests were run again."""


class TotalsDocument(Document):
    """Telemetry of one run as the attempts say it: how many, and the output tokens known of them."""

    run: str
    attempts: int
    output_tokens: int


class VerifyDocument(Document):
    """`harness.verify/1`: what `verify --json` prints."""

    schema_: Literal["harness.verify/1"] = "harness.verify/1"
    target: str
    verified: bool
    runs: tuple[str, ...]
    checked: CheckedDocument
    totals: tuple[TotalsDocument, ...] = ()
    differences: tuple[FindingDocument, ...] = ()
    remarks: tuple[FindingDocument, ...] = ()
    not_checked: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The document as plain data, its schema first."""
        data = self.model_dump(mode="json")
        return {"schema": data.pop("schema_"), **data}
