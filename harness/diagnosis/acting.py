"""Acting on a phase that keeps failing: whether a diagnosis is asked for, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.config import Config
from harness.diagnosis.asking import TOKENS, Question, ask_for_diagnosis
from harness.diagnosis.documents import DiagnosisDocument
from harness.diagnosis.journal import read_all_diagnoses, read_diagnoses
from harness.diagnosis.proposals import planned_phase
from harness.errors import HarnessError
from harness.fixes.govern import govern, held_for_fix
from harness.fixes.requests import phase_fix
from harness.git.locks import hold, lock_folder
from harness.phase.budgets import budget_of
from harness.phase.context import read_base_config, read_checkout_config, rules_for
from harness.phase.documents import AttemptDocument, PhaseDocument
from harness.phase.history import read_history
from harness.phase.invocation import Invocation, phase_base
from harness.phase.reservation import run_spent

FAILURES = ("failed", "refused", "unusable")


@dataclass(frozen=True, slots=True)
class Course:
    """What is done about a phase now. "" means that it stays as it ended; `reason` is for a reader."""

    action: Literal["", "again", "replan", "skip", "stop"] = ""
    reason: str = ""


def course_after(invocation: Invocation, ended: PhaseDocument) -> Course:
    """What to do about a phase of a drain that isn't complete: by a new diagnosis, where one is due."""
    user, run, phase = invocation.user, invocation.run, invocation.phase
    config = read_checkout_config(user) or read_base_config(user, phase_base(invocation), None).config
    if config.diagnosis.agent is None or ended.outcome not in FAILURES:
        return Course()
    if not ended.attempts or ended.attempts[-1].outcome not in FAILURES or invocation.options.stop():
        return Course()
    failures = failures_of(read_history(user, run, phase.id))
    if len(failures) < config.diagnosis.after:
        return Course()
    # One at a time in a run, so that counting and asking are one.
    with hold(lock_folder(user.common_dir) / "diagnoses" / f"{run}.lock"):
        earlier = read_diagnoses(user, run, phase.id)
        why_not = _why_not(invocation, config, earlier)
        if why_not:
            invocation.progress(f"no diagnosis: {why_not}")
            return Course()
        found = ask_for_diagnosis(_question(invocation, config, failures, earlier))
    return _course(invocation, found) if found is not None and found.valid else Course()


def failures_of(history: Sequence[AttemptDocument]) -> list[AttemptDocument]:
    """The attempts that failed since the phase was last complete; one that was escalated did not."""
    last = max((i for i, attempt in enumerate(history) if attempt.outcome == "complete"), default=-1)
    return [attempt for attempt in history[last + 1 :] if attempt.outcome in FAILURES]


def _why_not(invocation: Invocation, config: Config, earlier: Sequence[DiagnosisDocument]) -> str:
    """Why none may be asked for any more; "" where one may."""
    table, user, run = config.diagnosis, invocation.user, invocation.run
    if len(earlier) >= table.per_phase:
        return f"this phase had {len(earlier)} ([diagnosis] per_phase)"
    of_run = len(read_all_diagnoses(user, run))
    if of_run >= table.per_run:
        return f"the run had {of_run} ([diagnosis] per_run)"
    limits = budget_of(config.budget, invocation.phase)
    spent = run_spent(user, run, limits)
    if limits.run.tokens is not None and spent.tokens + TOKENS > limits.run.tokens:
        return f"{spent.tokens} of {limits.run.tokens} tokens of the run are used"
    if limits.run.cost is not None and spent.cost >= limits.run.cost:
        return f"{spent.cost:.2f} is spent of {limits.run.cost:.2f} for the run"
    return ""


def _question(
    invocation: Invocation,
    config: Config,
    failures: Sequence[AttemptDocument],
    earlier: Sequence[DiagnosisDocument],
) -> Question:
    base = phase_base(invocation)
    base_config = read_base_config(invocation.user, base, config).config
    phase = planned_phase(invocation.user, invocation.phase, earlier)
    plan_path = invocation.options.plan_path
    rules = rules_for(invocation.user, base_config, invocation.plan, phase, plan_path)
    return Question(invocation, phase, config, rules, base, failures, earlier)


def _course(invocation: Invocation, found: DiagnosisDocument) -> Course:
    if found.action == "retry":
        return Course("again", found.hint)
    if found.action == "fix":
        return _fixed(invocation, found)
    if found.action == "replan":
        listed = ", ".join(found.deliverables)
        approve = f"harness approve {invocation.phase.id} --reason TEXT"
        return Course("replan", f"a diagnosis proposes other deliverables ({listed}): {approve}")
    return Course("stop" if found.action == "stop" else "skip", found.rationale)


def _fixed(invocation: Invocation, found: DiagnosisDocument) -> Course:
    """Have the fix governed like anybody's; the phase goes on where its edits were kept."""
    assert found.command is not None
    user, run, phase, say = invocation.user, invocation.run, invocation.phase, invocation.progress
    try:
        with held_for_fix(user, run, phase.id, say):
            governed = govern(phase_fix(invocation, found.command, found.fix_type), say)
    except HarnessError as error:
        invocation.progress(f"the fix was not tried: {error.message} [{error.code}]")
        return Course()
    outcome = governed.result.outcome if governed.result else "refused"
    why = governed.fix.reason if governed.fix.decision == "refused" else ""
    why = why or (governed.result.reason if governed.result else "")
    invocation.progress(f"the fix: {outcome}{f' ({why})' if why else ''}")
    return Course("again", "a fix was kept") if outcome == "kept" else Course()
