"""What a drain answers when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness.drain.documents import DrainDocument, DrainedPhase, StopReason
from harness.drain.queue import PhaseView, why_left
from harness.git.repository import short_branch

if TYPE_CHECKING:
    from harness.drain.reading import Reading
    from harness.phase.documents import PhaseDocument


def drain_document(
    reading: Reading,
    views: Sequence[PhaseView],
    done: Mapping[str, PhaseDocument],
    seconds: Mapping[str, float],
    duration: float,
    stop_reason: StopReason,
    reason: str,
) -> DrainDocument:
    """Why the drain stopped after `duration` seconds, and where every phase stands.

    `done` has the documents of those it ran, `seconds` how long they took.
    """
    tried = {v.phase.id: _told(v, done[v.phase.id]) for v in views if v.phase.id in done}
    left = why_left(views, tried)
    costs = [attempt.usage.cost for document in done.values() for attempt in document.attempts]
    known = [cost for cost in costs if cost is not None]
    phases = tuple(
        _drained(
            reading,
            view,
            done.get(view.phase.id),
            seconds.get(view.phase.id, 0.0),
            left.get(view.phase.id, view.reason),
        )
        for view in views
    )
    return DrainDocument(
        run=reading.plan.run.id,
        stop_reason=stop_reason,
        reason=reason,
        branch=short_branch(reading.plan.run.id),
        phases=phases,
        tokens=sum(phase.tokens for phase in phases),
        cost=sum(known) if known else None,
        seconds=round(duration, 3),
    )


def _told(view: PhaseView, document: PhaseDocument) -> str:
    # Its branch was dropped, or moved, since; or a person decides, and the reason says how.
    if document.outcome == "complete" or (view.state == "waiting" and view.reason):
        return view.reason
    return f"{document.outcome}: {document.reason}" if document.reason else document.outcome


def _drained(
    reading: Reading, view: PhaseView, document: PhaseDocument | None, seconds: float, reason: str
) -> DrainedPhase:
    made = document.attempts if document else ()
    ended = document.outcome if document and document.outcome != "complete" else view.state
    return DrainedPhase(
        phase=view.phase.id,
        state=view.state if view.is_over or view.state == "waiting" else ended,
        ran=document is not None and bool(made),
        attempts=len(made),
        commit=reading.facts[view.phase.id].commit,
        tokens=sum(attempt.usage.output or 0 for attempt in made),
        seconds=seconds,
        reason=reason,
        warnings=tuple(dict.fromkeys(warning for attempt in made for warning in attempt.warnings)),
    )
