"""One sync: fetch, bring both sides together, push, and again where somebody else was faster."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.errors import BlockedError
from harness.git.claims import CLAIMS
from harness.git.locks import hold, lock_folder
from harness.git.private import PrivateRepository
from harness.git.refs import RefMovedError, RefUpdate, list_refs, move_refs, read_ref
from harness.git.remotes import SHARED, Pushed, fetch_shared, push_refs, tracking_ref
from harness.git.repository import Repository
from harness.git.seal import finish_open_seals
from harness.git.transfer import transfer
from harness.scratch import scratch_folder
from harness.sync.idle import IdleRuns
from harness.sync.joining import joined
from harness.sync.model import RefChange, Synced

_ROUNDS = 30
_LONGEST_PAUSE = 2.0  # seconds
_PATIENCE = 3  # refusals in a row without anybody else having moved a ref


def sync(user: Repository, remote: str, dry_run: bool, progress: Callable[[str], None]) -> Synced:
    """Exchange run branches, ledgers, approvals, claims and notes with a remote.

    Refs here move only by compare-and-swap, those there only forward. BlockedError `remote-unreachable`,
    `sync-lost-race`.
    """
    with hold(lock_folder(user.common_dir) / "sync.lock", lambda owner: progress(f"waiting for {owner}")):
        there: dict[str, str] = {}
        refusals = 0
        for number in range(_ROUNDS):
            seen, there = there, fetch_shared(user, remote)
            refusals = refusals + 1 if seen == there else 0
            changes = _round(user, there, dry_run)
            if changes is not None:
                patient = refusals < _PATIENCE
                pushed = Pushed({}) if dry_run else _push(user, remote, changes, atomic=patient)
                if not pushed.refused or not patient:
                    return Synced(remote, dry_run, tuple(_marked(change, pushed) for change in changes))
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.05 * 2**number)))
    raise BlockedError("sync-lost-race", f"others kept pushing to {remote}", "run the command again")


def _round(user: Repository, there: Mapping[str, str], dry_run: bool) -> list[RefChange] | None:
    """Bring every ref together with the remote's, here; None where one moved meanwhile."""
    with scratch_folder() as scratch, contextlib.ExitStack() as held:
        private = PrivateRepository(scratch, user)
        here = _shared_refs(user)
        idle = IdleRuns(user, held)
        changes = [
            _allowed(user, joined(private, ref, here.get(ref), there.get(ref), user.identity), idle)
            for ref in sorted({*here, *there})
            # A claim is its owner's alone: theirs are seen in the tracking refs, ours are not for the others.
            if not ref.startswith(CLAIMS)
        ]
        return changes if dry_run or _move(private, user, changes) else None


def _shared_refs(user: Repository) -> dict[str, str]:
    found: dict[str, str] = {}
    for pattern in SHARED:
        found |= list_refs(user.git, pattern.removesuffix("*"))
    return found


def _allowed(user: Repository, change: RefChange, idle: IdleRuns) -> RefChange:
    """The change, but for what would move under somebody who works on it here."""
    if not change.new_here:
        return change
    worktree = user.checked_out(change.ref) if change.ref.startswith("refs/heads/") else None
    if worktree is not None:
        why = f"checked out in {worktree}; moving it would change that checkout's HEAD"
        return replace(change, action="checked-out", new_here=None, new_there=None, why=why)
    if idle.take(change.ref):
        return change
    why = "it is being worked on here; sync again when that is done"
    return replace(change, action="busy", new_here=None, new_there=None, carried=0, why=why)


def _move(private: PrivateRepository, user: Repository, changes: Sequence[RefChange]) -> bool:
    """Move the refs here, all or none; whether they were still where they had been."""
    moves = [RefUpdate(c.ref, c.new_here, c.here) for c in changes if c.new_here]
    tips = [tip for c in changes for tip in (c.new_here, c.new_there) if tip]
    with hold(lock_folder(user.common_dir) / "seal.lock"):
        # What a command was killed in the middle of meanwhile would be put past it, and its seal never ended.
        if finish_open_seals(user):
            return False
        if tips:
            transfer(private, user, tips)
        try:
            if moves:
                move_refs(user.git, moves)
        except RefMovedError:
            return False
    return True


def _push(user: Repository, remote: str, changes: Sequence[RefChange], *, atomic: bool) -> Pushed:
    tips = {change.ref: change.new_there for change in changes if change.new_there}
    pushed = push_refs(user, remote, tips, atomic) if tips else Pushed({})
    landed = {ref: tip for ref, tip in tips.items() if ref not in pushed.refused}
    if landed:
        here = {ref: read_ref(user.git, tracking_ref(remote, ref)) for ref in landed}
        move_refs(user.git, [RefUpdate(tracking_ref(remote, r), tip, here[r]) for r, tip in landed.items()])
    return pushed


def _marked(change: RefChange, pushed: Pushed) -> RefChange:
    """The change as it came to be: what the remote refused is not there."""
    why = pushed.refused.get(change.ref) if change.new_there else None
    return replace(change, action="refused", new_there=None, why=why) if why else change
