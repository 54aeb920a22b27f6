"""The brief: what an agent is told, as a prompt for a reader and as a JSON document. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import indent

from harness.phase.documents import AttemptDocument
from harness.plan import Phase
from harness.wording import counted


@dataclass(frozen=True, slots=True)
class BriefFacts:
    """What a brief is made of beside the phase itself.

    `missing` are the deliverables not there at the attempt's start, `present` the others. `previous` is
    the attempt before this one, the last of `history`; `carried` is the number of the attempt whose files are
    the start of this one, if any. `base` is the commit it is judged against, `hint` a diagnosis's.
    """

    run: str
    attempt: int
    missing: Sequence[str]
    present: Sequence[str]
    protected: Sequence[str]
    budget: int
    previous: AttemptDocument | None = None
    history: Sequence[AttemptDocument] = ()
    base: str = ""
    hint: str = ""
    carried: int | None = None
    worktree_edits: bool = False


def brief_document(phase: Phase, facts: BriefFacts) -> str:
    """The brief as JSON (`harness.brief/1`); its `text` is the prompt."""
    previous = facts.previous
    document = {
        "schema": "harness.brief/1",
        "run": facts.run,
        "phase": phase.id,
        "attempt": facts.attempt,
        "goal": phase.goal,
        "category": phase.category,
        "complexity": phase.complexity,
        "deliverables": {"missing": list(facts.missing), "present": list(facts.present)},
        "scope": list(phase.shown_scope),
        "protected": list(facts.protected),
        "context": list(phase.context),
        "token_budget": facts.budget,
        "previous": previous.model_dump(mode="json", include=_FEEDBACK) if previous else None,
        "earlier": [
            {"number": a.number, "outcome": a.outcome, "codes": list(_codes(a))} for a in facts.history
        ],
        "same_candidate": _same_candidate(facts.history),
        "hint": facts.hint or None,
        "base": facts.base,
        "start": _start(facts),
        "text": prompt(phase, facts),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


_FEEDBACK = {"number", "outcome", "decided", "violations", "tests", "stop_reason", "truncated", "escalation"}
_MOST_EARLIER = _MOST_TOLD = 50


def prompt(phase: Phase, facts: BriefFacts) -> str:
    """The brief as a prompt."""
    sections = [
        f"# Phase {phase.id}, attempt {facts.attempt}\n\n{phase.goal.strip()}",
        _list("Deliverables still missing", facts.missing),
        _list("Deliverables already there", facts.present),
        _list("You may change only", phase.shown_scope),
        _list("Protected, never change", facts.protected),
        _list("Read first", phase.context),
        _hint(facts.hint),
        _earlier(facts.history),
        _feedback(facts),
        _answer_format(facts),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _list(title: str, items: Sequence[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {item}" for item in items) if items else ""


def _hint(hint: str) -> str:
    return f"## What to do differently\n\n{hint.strip()}" if hint.strip() else ""


def _codes(attempt: AttemptDocument) -> Sequence[str]:
    return tuple(dict.fromkeys(violation.code for violation in attempt.violations))


def _earlier(history: Sequence[AttemptDocument]) -> str:
    """All attempts so far in one line each; where there is one only, the feedback says more."""
    if len(history) < 2:
        return ""
    shown = history[-_MOST_EARLIER:]
    lines = [f"attempt {a.number}: {a.outcome}{_listed(_codes(a))}" for a in shown]
    left = len(history) - len(shown)
    return _list("Attempts so far", [*([f"{left} before these"] if left else []), *lines])


def _listed(codes: Sequence[str]) -> str:
    return f" ({', '.join(codes)})" if codes else ""


def _same_candidate(history: Sequence[AttemptDocument]) -> int | None:
    """The number of an earlier attempt with the last one's very candidate; None where there is none."""
    if not history or history[-1].tree is None:
        return None
    same = [a.number for a in history[:-1] if a.tree == history[-1].tree]
    return same[-1] if same else None


def _feedback(facts: BriefFacts) -> str:
    previous = facts.previous
    if previous is None:
        return ""
    lines = [f"## Attempt {previous.number} ended as {previous.outcome}", ""]
    if previous.escalation:
        lines.append(f"- its answer was cut ({previous.escalation.reason}); you are given more tokens")
    same = _same_candidate(facts.history)
    if same is not None:
        lines.append(f"- its files were exactly those of attempt {same}: do something else this time")
    for violation in previous.violations[:_MOST_TOLD]:
        where = f"{violation.path}: " if violation.path else ""
        lines.append(f"- [{violation.code}] {where}{violation.message}")
        if violation.hint:
            lines.append(indent(violation.hint, "  "))
    if (left := len(previous.violations) - _MOST_TOLD) > 0:
        lines.append(f"- and {counted(left, 'more reason')} like these")
    if previous.would_apply:
        lines.append(f"- {_would_apply(previous.would_apply)}: send them again with the rest")
    lines += _test_feedback(previous)
    lines.append("")
    lines.append(_kept(facts))
    return "\n".join(lines)


def _start(facts: BriefFacts) -> str:
    if facts.carried is None or facts.previous is None:
        return "phase base"
    return "previous attempt" if facts.carried == facts.previous.number else "earlier attempt"


def _kept(facts: BriefFacts) -> str:
    match _start(facts):
        case "previous attempt":
            return "Its files are kept and are where you start; change what is still wrong."
        case "earlier attempt":
            return f"Nothing of it was kept; start from the files of attempt {facts.carried}."
    return "Nothing of it was kept; start from the files as they are."


def _would_apply(numbers: Sequence[int]) -> str:
    return f"operations without a fault of their own: {_some([str(number) for number in numbers], 20)}"


def _test_feedback(previous: AttemptDocument) -> list[str]:
    delta = previous.tests.delta
    named = (
        ("newly failing", delta.newly_failing),
        ("removed", delta.removed),
        ("newly skipped", delta.newly_skipped),
        ("fixed", delta.fixed),
    )
    return [f"- tests {title}: {_some(nodes, _MOST_TOLD)}" for title, nodes in named if nodes]


def _some(names: Sequence[str], most: int) -> str:
    # The agent reads all of it, and is paid by the token.
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left:,} more" if left > 0 else "")


def _answer_format(facts: BriefFacts) -> str:
    if facts.worktree_edits:
        return (
            "## How to answer\n\nEdit the files in the current folder. Don't commit; what stands there when "
            "you end is your answer."
        )
    return (
        f"## How to answer\n\nAnswer with one unified diff (git format), or with one JSON object a line:\n\n"
        '    {"type": "create", "file_path": "src/a.py", "content": "..."}\n'
        '    {"type": "modify", "file_path": "src/b.py", "operations": [{"type": "replace", '
        '"old_text": "...", "new_text": "..."}]}\n'
        '    {"type": "delete", "file_path": "src/c.py"}\n\n'
        f"Keep it below {facts.budget} tokens; all of it is applied, or nothing."
    )
