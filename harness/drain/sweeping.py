"""Clearing away the claims killed processes left of a run, here and on the remote it is shared through."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from harness.errors import BlockedError
from harness.git.claims import landing_ref, move_claim, read_claims, read_remote_claims, recorded_claim
from harness.git.free_locks import hold_if_free
from harness.git.locks import phase_lock
from harness.git.refs import RefMovedError, RefUpdate, read_ref
from harness.git.remote_refs import move_remote_refs
from harness.git.remotes import tracking_ref

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.phase.claims import ClaimWatch


def sweep(user: Repository, run: str, remote: str | None, watch: ClaimWatch) -> None:
    """Delete every claim nobody holds, if it is still as it was seen; those of `remote` as last fetched."""
    for phase, recorded in read_claims(user, run).items():
        if not watch.is_live(recorded):
            # Who takes the claim over has the lock; it isn't waited for.
            with hold_if_free(phase_lock(user.common_dir, run, phase)) as is_free:
                if is_free:
                    move_claim(user, recorded.ref, None, recorded.oid)
    if remote is not None:
        for update in _dead(user, run, remote, watch):
            with contextlib.suppress(RefMovedError, BlockedError):
                move_remote_refs(user, remote, [update])


def _dead(user: Repository, run: str, remote: str, watch: ClaimWatch) -> list[RefUpdate]:
    found = [claim for name, _, claim in read_remote_claims(user, run) if name == remote]
    slot = landing_ref(run)
    oid = read_ref(user.git, tracking_ref(remote, slot))
    if oid is not None:
        found.append(recorded_claim(user, slot, oid))
    return [RefUpdate(claim.ref, None, claim.oid) for claim in found if not watch.is_live(claim, remote)]
