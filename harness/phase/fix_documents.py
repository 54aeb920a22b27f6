"""What is recorded of a fix: first the decision, then, where it ran, what came of it."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import Field

from harness.phase.documents import CheckoutChangeDocument, Document, ViolationDocument


class FixDocument(Document):
    """`harness.fix/1`: a command that was asked for, and the decision about it.

    `command` is shell text, or the arguments of one program. `refs` is the state of the user's repository
    before it: HEAD, the run's branch, the stash.
    """

    schema_: Literal["harness.fix/1"] = "harness.fix/1"
    id: str
    run: str | None
    phase: str | None
    run_type: str
    fix_type: str | None
    command: str | tuple[str, ...]
    verify: str | None = None
    decision: Literal["allowed", "refused"]
    code: str = ""
    reason: str = ""
    safe_alternative: str = ""
    effects: tuple[str, ...] = ()
    start: str
    """The commit it was to run on."""
    refs: dict[str, str] = Field(default_factory=dict)
    by: str = ""
    at: str = ""

    def encode(self) -> bytes:
        """The document as it is kept."""
        return _encoded(self)


class FixResultDocument(Document):
    """`harness.fix-result/1`: what became of an allowed fix.

    `outcome` is kept (its edits are the phase's candidate now), unchanged (it edited nothing), refused (its
    edits are against the rules, and were dropped) or failed (it, or its verify command, didn't end well).
    """

    schema_: Literal["harness.fix-result/1"] = "harness.fix-result/1"
    id: str
    outcome: Literal["kept", "unchanged", "refused", "failed"]
    reason: str = ""
    exit_code: int | None = None
    verified: bool | None = None
    duration: float = 0.0
    base: str = ""
    """The commit its edits were judged against."""
    tree: str | None = None
    commit: str | None = None
    """The candidate with its edits, where they were kept."""
    changes: tuple[str, ...] = ()
    violations: tuple[ViolationDocument, ...] = ()
    checkout_changes: tuple[CheckoutChangeDocument, ...] = ()
    containment: str = ""
    refs: dict[str, str] = Field(default_factory=dict)
    at: str = ""

    def encode(self) -> bytes:
        """The document as it is kept."""
        return _encoded(self)


def _encoded(document: FixDocument | FixResultDocument) -> bytes:
    data = document.model_dump(mode="json")
    return (json.dumps({"schema": data.pop("schema_"), **data}, indent=2) + "\n").encode()
