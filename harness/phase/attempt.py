"""One attempt: ask the agent, build the candidate, judge it, test it, decide. Nothing is recorded here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from harness.agents.model import AgentReply, Usage
from harness.candidate import Candidate, NotBuilt
from harness.errors import HarnessError
from harness.git.checkout_watch import CheckoutChange
from harness.phase.account import attempt_document
from harness.phase.asking import ask
from harness.phase.documents import AttemptDocument, GateDocument, ViolationDocument
from harness.phase.evidence import Evidence
from harness.phase.finalizer import finalize
from harness.phase.judging import judge_attempt
from harness.phase.task import Attempt


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attempt that was made: its document, its evidence, its full report line, whether it was answered."""

    document: AttemptDocument
    evidence: Evidence
    report: str
    answered: bool
    ledger: str | None  # what its ledger entry is put on


class NoReplyError(Exception):
    """The agent has no further reply; the text says what was looked for."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What an agent answered and what could be built from it; `began` and `started` are when it was asked."""

    reply: AgentReply
    built: Candidate | NotBuilt
    began: float
    started: datetime

    @property
    def started_text(self) -> str:
        """When the agent was asked, as records have it."""
        return self.started.isoformat(timespec="seconds").replace("+00:00", "Z")


def answer_attempt(attempt: Attempt) -> Answered:
    """Ask for an attempt's edits; NoReplyError if there is nothing to make it of."""
    began, started = time.monotonic(), datetime.now(UTC)
    reply, built = _reply(attempt)
    if reply.status == "none":
        raise NoReplyError(reply.reason)
    return Answered(reply, built, began, started)


def judge_answer(
    attempt: Attempt, answered: Answered, watch: Callable[[], Sequence[CheckoutChange]]
) -> Attempted:
    """Judge, test and decide. `watch` sees what changed outside since the attempt began."""
    reply, built = answered.reply, answered.built
    findings = judge_attempt(attempt, reply, built)
    decision = finalize(findings.facts)
    document = attempt_document(attempt, reply, built, findings, decision, watch()).model_copy(
        update={
            "started": answered.started_text,
            "duration": round(time.monotonic() - answered.began, 3),
        }
    )
    report = findings.tests.candidate.report if findings.tests else ""
    return Attempted(document, attempt.evidence, report, reply.status == "answered", attempt.ledger)


def _reply(attempt: Attempt) -> tuple[AgentReply, Candidate | NotBuilt]:
    """The agent's answer; without asking, the candidate that is ready."""
    ready = attempt.ready
    if ready is None:
        attempt.task.progress(f"attempt {attempt.number}: asking {attempt.task.agent.name}")
        return ask(attempt)
    if ready.approval is not None:
        attempt.evidence.add("approval.json", ready.approval.encode())
    by = f"that {ready.approval.by} approved" if ready.approval else "of the last fix"
    if ready.format == "rejudged":
        by = "that was approved, on what has changed since, which takes an approval of its own"
    attempt.task.progress(f"attempt {attempt.number}: the candidate {by}")
    model = attempt.previous.usage.model if attempt.previous else None
    reply = AgentReply("answered", usage=Usage(model=model))
    if ready.conflict is not None:
        return reply, NotBuilt(False, (ready.conflict,), ready.format)
    return reply, Candidate(ready.tree, ready.format, None)


def blocked(made: Attempted, error: HarnessError) -> Attempted:
    """The same attempt, complete but for its landing, which `error` stands in the way of."""
    violation = ViolationDocument(code=error.code, path=None, message=error.message, hint=error.hint)
    gate = GateDocument(name="landing", state="fail", reason=error.code)
    document = made.document.model_copy(
        update={
            "outcome": "blocked",
            "violations": (*made.document.violations, violation),
            "gates": (*made.document.gates, gate),
        }
    )
    return replace(made, document=document)
