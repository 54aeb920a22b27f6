"""What an agent is asked about a phase that keeps failing: its attempts, and how to answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from harness.diagnosis.documents import DiagnosisDocument
from harness.phase.documents import AttemptDocument
from harness.plan import Phase

_MOST_ATTEMPTS = 10
_MOST_VIOLATIONS = 20
_MOST_TESTS = 50
_LONGEST = 1000  # characters


@dataclass(frozen=True, slots=True)
class DiagnosisFacts:
    """`failures` are those since the phase was last complete, `earlier` the diagnoses before this one."""

    run: str
    run_type: str
    number: int
    failures: Sequence[AttemptDocument]
    earlier: Sequence[DiagnosisDocument] = ()


def brief_document(phase: Phase, facts: DiagnosisFacts) -> str:
    """The brief as JSON (`harness.diagnosis-brief/1`); its `text` is the prompt."""
    document = {
        "schema": "harness.diagnosis-brief/1",
        "run": facts.run,
        "run_type": facts.run_type,
        "phase": phase.id,
        "diagnosis": facts.number,
        "goal": phase.goal,
        "deliverables": list(phase.deliverables),
        "scope": list(phase.shown_scope),
        "attempts": [_attempt(attempt) for attempt in facts.failures[-_MOST_ATTEMPTS:]],
        "earlier": [_earlier(diagnosis) for diagnosis in facts.earlier],
        "text": prompt(phase, facts),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def prompt(phase: Phase, facts: DiagnosisFacts) -> str:
    """The brief as a prompt."""
    sections = [
        f"# Phase {phase.id} of run {facts.run} keeps failing\n\nWhat should become of it?",
        f"## Its goal\n\n{phase.goal.strip()}",
        _list("Deliverables", phase.deliverables),
        _list("It may change only", phase.shown_scope),
        *[_told(attempt) for attempt in facts.failures[-_MOST_ATTEMPTS:]],
        _list("Diagnoses before this one", [_diagnosis_line(d) for d in facts.earlier]),
        _how_to_answer(facts.run_type),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _attempt(attempt: AttemptDocument) -> dict[str, object]:
    wanted = {"number", "outcome", "decided", "truncated", "stop_reason", "format"}
    delta = attempt.tests.delta
    return {
        **attempt.model_dump(mode="json", include=wanted),
        "violations": [
            {"code": v.code, "path": v.path, "message": v.message[:_LONGEST]}
            for v in attempt.violations[:_MOST_VIOLATIONS]
        ],
        "newly_failing": list(delta.newly_failing[:_MOST_TESTS]),
        "fingerprint": attempt.progress.fingerprint if attempt.progress else None,
    }


def _earlier(diagnosis: DiagnosisDocument) -> dict[str, object]:
    wanted = {
        "number",
        "attempt",
        "valid",
        "problem",
        "action",
        "hint",
        "rationale",
        "deliverables",
        "command",
    }
    return diagnosis.model_dump(mode="json", include=wanted)


def _told(attempt: AttemptDocument) -> str:
    lines = []
    for violation in attempt.violations[:_MOST_VIOLATIONS]:
        where = f"{violation.path}: " if violation.path else ""
        lines.append(f"[{violation.code}] {where}{violation.message[:_LONGEST]}")
    left = len(attempt.violations) - len(lines)
    failing = attempt.tests.delta.newly_failing[:_MOST_TESTS]
    more = [f"and {left} more"] if left > 0 else []
    tests = [f"tests newly failing: {', '.join(failing)}"] if failing else []
    return _list(f"Attempt {attempt.number}: {attempt.outcome}", [*lines, *more, *tests] or ["no reason"])


def _diagnosis_line(diagnosis: DiagnosisDocument) -> str:
    told = diagnosis.hint or diagnosis.rationale if diagnosis.valid else f"invalid: {diagnosis.problem}"
    return f"after attempt {diagnosis.attempt}: {diagnosis.action or 'none'}; {told[:_LONGEST]}"


def _list(title: str, items: Sequence[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {item}" for item in items) if items else ""


def _how_to_answer(run_type: str) -> str:
    return f"""## How to answer

Answer with one JSON object and nothing else:

    {{"schema": "harness.diagnosis/1", "action": "retry", "hint": "...", "rationale": "...",
     "confidence": 0.8}}

`action` is one of
- retry: `hint` says what the next attempts should do differently
- replan: `deliverables` are the files the phase should make instead, within its scope; a person decides
- fix: `command` (shell text, or a list of arguments) is run on the phase's last candidate and what it edits
  is judged like any edits; `fix_type` is git, file or python; this run is of type {run_type}: destructive git
  is refused unless that is maintenance
- skip: the phase is left out
- stop: nothing more is begun

`rationale` says why, `confidence` is between 0 and 1. Files you change here are dropped."""
