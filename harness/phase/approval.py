"""Approvals of what blocked a phase: who let exactly which difference pass, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import ValidationError

from harness.errors import UsageError
from harness.git.approvals import add_approval, phase_approvals_ref, read_approvals
from harness.git.private import PrivateRepository
from harness.git.repository import Repository
from harness.git.tree import tree_changes
from harness.phase.documents import AttemptDocument, Document
from harness.phase.history import read_history
from harness.policy.approvable import APPROVABLE, difference_digest


class Approval(Document):
    """`harness.approval/1`: the faults `codes` of the difference `digest` are somebody's decision.

    `digest` is `difference_digest` of phase base and candidate, or of the changes of `paths`.
    """

    schema_: Literal["harness.approval/1"] = "harness.approval/1"
    digest: str
    codes: tuple[str, ...]
    reason: str
    by: str
    at: str
    """When, in UTC."""
    run: str | None = None
    phase: str | None = None
    attempt: int | None = None
    """The blocked attempt whose candidate it is."""
    tree: str | None = None
    """The candidate's tree."""
    paths: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """The document as it is kept."""
        data = self.model_dump(mode="json")
        return (_pretty({"schema": data.pop("schema_"), **data}) + "\n").encode()


def _pretty(document: object) -> str:
    import json

    return json.dumps(document, indent=2)


def decode_approval(data: bytes) -> Approval | None:
    """The approval a document holds; None for one that is none."""
    try:
        return Approval.model_validate_json(data)
    except ValidationError:
        return None


def waits_for_approval(attempt: AttemptDocument) -> bool:
    """Whether nothing but faults that can be approved stands against an attempt."""
    codes = {violation.code for violation in attempt.violations}
    return attempt.outcome == "blocked" and bool(codes) and codes <= APPROVABLE


def phase_digest(private: PrivateRepository, base_tree: str, tree: str) -> str:
    """What an approval of the candidate `tree` on the phase base `base_tree` is bound to."""
    return difference_digest(tree_changes(private.git, base_tree, tree))


def find_approval(user: Repository, run: str, phase: str, digest: str) -> Approval | None:
    """The newest approval of exactly this difference; None where there is none."""
    for data in read_approvals(user, phase_approvals_ref(run, phase)):
        approval = decode_approval(data)
        if approval is not None and approval.digest == digest:
            return approval
    return None


def is_approved(user: Repository, run: str, phase: str, last: AttemptDocument) -> bool:
    """Whether somebody approved what the last attempt of a phase waits for."""
    if not waits_for_approval(last):
        return False
    kept = (decode_approval(data) for data in read_approvals(user, phase_approvals_ref(run, phase)))
    return any(approval is not None and approval.attempt == last.number for approval in kept)


def blocked_attempt(user: Repository, run: str, phase: str) -> AttemptDocument:
    """The attempt of a phase that waits for an approval; UsageError `nothing-to-approve` where none does."""
    history = read_history(user, run, phase)
    if not history:
        raise _nothing(f"{run}/{phase} has no attempt yet")
    last = history[-1]
    if waits_for_approval(last) and last.tree and last.commit:
        return last
    others = sorted({v.code for v in last.violations} - APPROVABLE)
    why = f"attempt {last.number} of {run}/{phase} is {last.outcome}"
    raise _nothing(f"{why}, for {', '.join(others)}" if others else why)


def approve_phase(user: Repository, approval: Approval) -> None:
    """Record the approval of a phase's candidate."""
    assert approval.run is not None
    assert approval.phase is not None
    ref = phase_approvals_ref(approval.run, approval.phase)
    message = f"Approve {approval.run}/{approval.phase} attempt {approval.attempt}\n\n{approval.reason}\n"
    add_approval(user, [ref], approval.encode(), message)


def approved_codes(approval: Approval | None) -> frozenset[str]:
    """The faults an approval takes out of the verdict; those that can't be approved are none of them."""
    return frozenset(approval.codes) & APPROVABLE if approval else frozenset()


def codes_of(attempt: AttemptDocument) -> Sequence[str]:
    """The codes against an attempt, each once."""
    return tuple(dict.fromkeys(violation.code for violation in attempt.violations))


def _nothing(why: str) -> UsageError:
    known = ", ".join(sorted(APPROVABLE))
    return UsageError(
        "nothing-to-approve",
        f"nothing waits for an approval: {why}",
        f"what can be approved is a blocked attempt against which there is nothing but {known}; "
        "see `harness status`",
    )
