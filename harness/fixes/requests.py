"""The request for a fix: of a phase, put together from an invocation of it, or of none."""

from __future__ import annotations

from harness.diagnosis.journal import read_diagnoses
from harness.diagnosis.proposals import planned_phase
from harness.fixes.govern import FixRequest
from harness.git.repository import Repository
from harness.phase.context import read_base_config, read_checkout_config, rules_for, rules_without_phase
from harness.phase.invocation import Invocation, phase_base
from harness.phase.project_python import tests_of


def phase_fix(invocation: Invocation, command: str | tuple[str, ...], fix_type: str | None) -> FixRequest:
    """What is asked for about a phase held for a fix; the run's type is the plan's."""
    user, plan = invocation.user, invocation.plan
    phase = planned_phase(user, invocation.phase, read_diagnoses(user, plan.run.id, invocation.phase.id))
    checkout = read_checkout_config(user)
    base = phase_base(invocation)
    config = read_base_config(user, base, checkout).config
    return FixRequest(
        user=user,
        command=command,
        run_type=plan.run.type,
        rules=rules_for(user, config, plan, phase, invocation.options.plan_path),
        base=base,
        containment=(checkout or config).containment,
        run=plan.run.id,
        phase=phase.id,
        fix_type=fix_type,
        tests=tests_of(config, phase),
    )


def plain_fix(
    user: Repository, command: str | tuple[str, ...], run_type: str, fix_type: str | None
) -> FixRequest:
    """What is asked for without a phase: on HEAD, by the rules that hold for any edits."""
    checkout, base = read_checkout_config(user), user.head()
    config = read_base_config(user, base, checkout).config
    return FixRequest(
        user=user,
        command=command,
        run_type=run_type,
        rules=rules_without_phase(config),
        base=base,
        containment=(checkout or config).containment,
        fix_type=fix_type,
        tests=tests_of(config, None),
    )
