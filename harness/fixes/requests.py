"""The request for a fix of a phase, put together from an invocation of it."""

from __future__ import annotations

from harness.fixes.govern import FixRequest
from harness.phase.context import read_base_config, read_checkout_config, rules_for
from harness.phase.invocation import Invocation, phase_base


def phase_fix(invocation: Invocation, command: str | tuple[str, ...], fix_type: str | None) -> FixRequest:
    """What `harness fix --phase` would ask for; the run's type is the plan's."""
    user, plan, phase = invocation.user, invocation.plan, invocation.phase
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
    )
