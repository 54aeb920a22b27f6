"""People's decisions and governed fixes: what an attempt took over from them is what they were about."""

from __future__ import annotations

from harness.git.approvals import APPROVAL_FILE, phase_approvals_ref, read_approvals
from harness.git.tree import tree_changes
from harness.phase.approval import approved_codes, decode_approval, phase_digest
from harness.phase.documents import ApprovalDocument, printable
from harness.phase.fix_journal import RESULT_FILE
from harness.verify.finding import Compared, Difference, Findings
from harness.verify.ledger import RecordedAttempt, RecordedFix, missing_pins
from harness.verify.rules import Basis
from harness.verify.scene import Scene


def check_approval(scene: Scene, attempt: RecordedAttempt, basis: Basis, tree: str | None) -> Findings:
    """An approved attempt: the approval is of exactly this difference, and stands among the approvals.

    `tree` is the candidate as it was built again.
    """
    document, data = attempt.document, attempt.entry.files.get(APPROVAL_FILE)
    if document.format != "approved":
        if document.approval is not None or data is not None:
            yield Difference("approval-differs", "nothing of it was approved", APPROVAL_FILE)
        return
    yield Compared("approvals")
    approval = decode_approval(data) if data else None
    if approval is None or document.approval is None:
        yield Difference("approval-missing", "the approval isn't in the record", APPROVAL_FILE)
        return
    if (
        ApprovalDocument(**approval.model_dump(include=set(ApprovalDocument.model_fields)))
        != document.approval
    ):
        yield Difference("approval-differs", "the outcome tells of another approval", APPROVAL_FILE)
    if tree is None or approval.digest != phase_digest(scene.private, basis.base_tree, tree):
        yield Difference("approval-differs", "it is of another difference", APPROVAL_FILE)
    if not approved_codes(approval):
        yield Difference("approval-differs", "it lets nothing pass that can be approved", APPROVAL_FILE)
    ref = phase_approvals_ref(attempt.run, attempt.phase)
    if data not in read_approvals(scene.user, ref):
        yield Difference("approval-missing", "nobody's decision says so", ref)


def check_fix(scene: Scene, fix: RecordedFix) -> Findings:
    """What became of a fix: it was allowed, and its commit holds just the edits that were judged."""
    yield Compared("fixes")
    result = fix.result
    if result is None:
        return
    if result.id not in fix.allowed:
        yield Difference("fix-differs", f"fix {result.id} ran, and was not allowed", RESULT_FILE)
    if result.outcome != "kept":
        if result.commit:
            yield Difference(
                "fix-differs", f"fix {result.id} was {result.outcome}, yet has a commit", RESULT_FILE
            )
        return
    for _ in missing_pins(fix.entry, {"candidate": result.commit}):
        yield Difference("ledger-broken", "its entry doesn't hold the commit it names", RESULT_FILE)
    commit = scene.commit(result.commit)
    if commit is None:
        yield Difference("object-missing", f"the commit of fix {result.id} isn't here", RESULT_FILE)
        return
    if commit.tree != result.tree or commit.parents != (result.base,):
        yield Difference(
            "fix-differs", f"{commit.oid[:12]} has another tree or base than recorded", RESULT_FILE
        )
    elif (changed := _changed(scene, result.base, commit.oid)) != result.changes:
        told = ", ".join(sorted(set(changed) ^ set(result.changes))[:5])
        yield Difference(
            "fix-differs", f"{commit.oid[:12]} changes other files than recorded: {told}", RESULT_FILE
        )


def _changed(scene: Scene, base: str, commit: str) -> tuple[str, ...]:
    changes = tree_changes(scene.user.git, base, commit)
    return tuple(printable(change.path) for change in changes)
