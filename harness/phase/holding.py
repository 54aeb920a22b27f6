"""Being the only one who works on a phase: its lock, which the kernel frees, and the claim others see."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from harness.git.free_locks import hold_if_free
from harness.git.locks import hold, phase_lock
from harness.phase.claiming import claimed
from harness.phase.claims import claimed_elsewhere
from harness.phase.invocation import Invocation
from harness.sync.shared_run import RemoteRun


@contextlib.contextmanager
def held_phase(invocation: Invocation) -> Iterator[Invocation]:
    """Hold a phase, here and with those who share the run; yields the invocation that says how it is shared.

    BlockedError `phase-claimed` where somebody else does and nobody is to wait.
    """
    user, run, phase = invocation.user, invocation.run, invocation.phase.id
    with contextlib.ExitStack() as held:
        lock = phase_lock(user.common_dir, run, phase)
        if invocation.options.wait:
            held.enter_context(hold(lock, lambda owner: _say(invocation, owner)))
        elif not held.enter_context(hold_if_free(lock)):
            raise claimed_elsewhere(phase, "another process")
        if not invocation.options.dry_run:
            held.enter_context(claimed(user, run, phase))
        remote = invocation.options.remote
        if remote:
            sharing = RemoteRun(user, remote, run, invocation.progress)
            held.enter_context(sharing.claimed(phase, invocation.options.replaces))
            invocation = replace(invocation, sharing=sharing)
        yield invocation


def _say(invocation: Invocation, owner: str) -> None:
    invocation.progress(f"waiting for {owner}, which works on {invocation.run}/{invocation.phase.id}")
