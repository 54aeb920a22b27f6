"""Escalations: whether the larger budget an attempt called for follows from what is recorded of it."""

from __future__ import annotations

from harness.phase.documents import AttemptDocument
from harness.phase.escalation import escalation_of
from harness.verify.finding import Difference, Findings


def check_escalation(document: AttemptDocument) -> Findings:
    """Whether exactly an escalated attempt has an escalation, and the one it gives cause for."""
    if (document.outcome == "escalated") != (document.escalation is not None):
        yield Difference("outcome-differs", "outcome and escalation contradict each other", "attempt.json")
        return
    if document.escalation is None:
        return
    # What the model can answer with at most isn't part of the evidence: the budget may be smaller.
    again = escalation_of(document)
    recorded = document.escalation
    follows = again is not None and recorded.budget <= again.budget
    if again is None or not follows or recorded.model_copy(update={"budget": again.budget}) != again:
        message = f"recorded as escalated to {recorded.budget} tokens ({recorded.reason})"
        why = f"it would be {again.budget} ({again.reason})" if again else "nothing calls for that"
        yield Difference("outcome-differs", f"{message}; {why}", "attempt.json")
