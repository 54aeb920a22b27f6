"""`drop`: a run's branch goes, what was recorded about it stays."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from harness.errors import UsageError
from harness.git.locks import hold, phase_locks, run_lock
from harness.git.refs import RefUpdate, read_ref
from harness.git.repository import Repository, branch_of, require_not_checked_out, short_branch
from harness.git.seal import delete_refs, roll_forward


def drop_run(user: Repository, run: str, progress: Callable[[str], None]) -> str:
    """Delete the branch of a run; returns where it was. UsageError `no-such-run`, `branch-checked-out`."""
    locks = (*phase_locks(user.common_dir, run), run_lock(user.common_dir, run))
    if not any(lock.exists() for lock in locks):
        _droppable(user, run, progress)  # a run that isn't there is refused before its lock is made
    with contextlib.ExitStack() as held:
        for lock in locks:
            held.enter_context(
                hold(lock, lambda owner: progress(f"waiting for {owner}, which works on run {run}"))
            )
        tip = _droppable(user, run, progress)
        delete_refs(user, [RefUpdate(branch_of(run), None, tip)])
    return tip


def _droppable(user: Repository, run: str, progress: Callable[[str], None]) -> str:
    """Where a run's branch is, with what a killed command left open finished; UsageError as above."""
    for remark in roll_forward(user):
        progress(remark)
    tip = read_ref(user.git, branch_of(run))
    if tip is None:
        raise UsageError(
            "no-such-run",
            f"there is no branch {short_branch(run)}",
            "see `git branch --list 'harness/*'`",
        )
    require_not_checked_out(user, run)
    return tip
