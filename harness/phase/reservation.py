"""Reservations of a run's budget: each stands in the lock of its phase, and ends when that is let go."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from harness.diagnosis.journal import read_all_diagnoses
from harness.git.ledger import ledger_ref
from harness.git.locks import LOCK_FLAGS, is_held, phase_lock, phase_locks
from harness.git.refs import list_refs
from harness.git.repository import Repository
from harness.phase.budgets import Budget, Denied, Grant, Spent, settled
from harness.phase.history import history_at
from harness.phase.invocation import Invocation, run_held
from harness.phase.unlanded import read_unlanded


def reserve(
    invocation: Invocation, limits: Budget, granted: Callable[[Spent], Grant | Denied]
) -> Grant | Denied:
    """Reserve what `granted` allows for, given what all others of the run have used or reserved.

    Under the run's lock, so that two phases of one clone can't reserve the same. Call it with the phase's
    lock held: the reservation stands until that is let go, or replaced by the next attempt's.
    """
    user, run, phase = invocation.user, invocation.run, invocation.phase.id
    with run_held(invocation):
        spent, others = run_spent(user, run, limits), _reserved(user, run, phase)
        found = granted(Spent(spent.tokens + others.tokens, spent.cost + others.cost))
        if isinstance(found, Grant):
            _write(phase_lock(user.common_dir, run, phase), found.tokens, limits.attempt.cost or 0.0)
        return found


def release(invocation: Invocation) -> None:
    """Let go of what the phase had reserved: what it used is in the ledger."""
    _write(phase_lock(invocation.user.common_dir, invocation.run, invocation.phase.id), 0, 0.0)


def run_spent(user: Repository, run: str, limits: Budget) -> Spent:
    """What every attempt and diagnosis of a run counts as, those that couldn't be landed too."""
    found = spent_beside_the_ledger(user, run, limits.attempt.cost)
    tokens, cost = found.tokens, found.cost
    for tip in list_refs(user.git, ledger_ref(run, "")).values():
        spent = settled(history_at(user, tip), limits.attempt.cost)
        tokens, cost = tokens + spent.tokens, cost + spent.cost
    return Spent(tokens, cost)


def spent_beside_the_ledger(user: Repository, run: str, reserved_cost: float | None) -> Spent:
    """What diagnoses of a run count as, and attempts that couldn't be landed.

    An attempt that doesn't tell its cost counts as `reserved_cost`, 0 without.
    """
    diagnoses, unlanded = read_all_diagnoses(user, run), list(read_unlanded(user, run))
    costs = [found.usage.cost or 0.0 for found in diagnoses]
    costs += [(reserved_cost or 0.0) if found.cost is None else found.cost for found in unlanded]
    tokens = sum(found.tokens for found in diagnoses) + sum(found.tokens for found in unlanded)
    return Spent(tokens, sum(costs))


def _reserved(user: Repository, run: str, besides: str) -> Spent:
    """What other phases, which somebody works on here, have reserved."""
    own = phase_lock(user.common_dir, run, besides)
    tokens, cost = 0, 0.0
    for path in phase_locks(user.common_dir, run):
        if path != own and is_held(path):
            reserved = _read(path)
            tokens, cost = tokens + reserved.tokens, cost + reserved.cost
    return Spent(tokens, cost)


def _read(path: Path) -> Spent:
    try:
        document = json.loads(path.read_bytes())
        return Spent(int(document.get("tokens", 0)), float(document.get("cost", 0.0)))
    except (OSError, ValueError, TypeError, AttributeError):
        return Spent()


def _write(path: Path, tokens: int, cost: float) -> None:
    """Note a reservation in a lock file that this process holds."""
    text = json.dumps({"pid": os.getpid(), "tokens": tokens, "cost": cost}).encode()
    descriptor = os.open(path, LOCK_FLAGS)
    try:
        os.pwrite(descriptor, text, 0)
        os.ftruncate(descriptor, len(text))
    finally:
        os.close(descriptor)
