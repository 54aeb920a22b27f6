"""Escalation: an attempt whose reply was cut gets a larger budget once a phase, and is no failure. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.phase.documents import AttemptDocument, BaseSource, EscalationDocument, EscalationReason

FACTOR = 1.25
LARGEST = 64_000
"""Output tokens no retry is given more than."""
UTILIZATION = 95.0
"""Percent of the ceiling from which on a reply counts as cut."""


def escalation_of(document: AttemptDocument, most: int | None = None) -> EscalationDocument | None:
    """The escalation an attempt calls for; None where it went as far as its budget let it.

    `most` is what the agent's model can answer with at most, None where that isn't known.
    """
    reason = _reason(document)
    if reason is None:
        return None
    base, source = _base(document)
    limits = [LARGEST, *([most] if most is not None else [])]
    # A quarter more in whole numbers: the same as int(base * 1.25), also beyond what a float keeps.
    budget = min(base * 5 // 4, *limits)
    return EscalationDocument(reason=reason, base=base, base_source=source, factor=FACTOR, budget=budget)


def escalated(document: AttemptDocument, most: int | None = None, left: int | None = None) -> AttemptDocument:
    """The attempt as escalated, where its reply was cut and it came to nothing but a retry; else as it is.

    One that is complete, or blocked because only a person can decide, has no use for a larger budget.
    `left` is what its phase may still use after it: with nothing left there is no retry to escalate to.
    """
    if document.outcome not in ("failed", "refused", "unusable"):
        return document
    if left is not None and left <= 0:
        return document
    limits = [limit for limit in (most, left) if limit is not None]
    found = escalation_of(document, min(limits) if limits else None)
    if found is None:
        return document
    return document.model_copy(
        update={"outcome": "escalated", "decided": document.outcome, "escalation": found}
    )


def escalated_budget(history: Iterable[AttemptDocument]) -> int | None:
    """The budget recorded by the escalation among these attempts; None where there was none."""
    budgets = [attempt.escalation.budget for attempt in history if attempt.escalation]
    return budgets[-1] if budgets else None


def _reason(document: AttemptDocument) -> EscalationReason | None:
    if document.truncated:
        return "truncation"
    used = document.usage.output
    ceiling = document.usage.max_tokens or document.tokens.budget
    if used is not None and used * 100 >= ceiling * UTILIZATION:
        return "utilization"
    return None


def _base(document: AttemptDocument) -> tuple[int, BaseSource]:
    """The largest of what was selected, sent and used, and its name; of equal ones the first."""
    known: list[tuple[int, BaseSource]] = [
        (document.tokens.budget, "selected_budget"),
        (document.usage.max_tokens or 0, "actual_max_tokens"),
        (document.usage.output or 0, "tokens_used"),
    ]
    return max(known, key=lambda pair: pair[0])
