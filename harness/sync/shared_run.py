"""A run that clones of one remote share: claimed there, landed there first, followed here."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from harness.errors import BlockedError
from harness.git.approvals import phase_approvals_ref
from harness.git.claims import claim_ref, landing_ref, recorded_claim
from harness.git.ledger import ledger_ref
from harness.git.locks import hold, lock_folder
from harness.git.private import PrivateRepository
from harness.git.refs import RefMovedError, RefUpdate, list_refs, move_refs
from harness.git.remote_refs import move_remote_refs
from harness.git.remotes import fetch_shared
from harness.git.repository import Repository, branch_of, require_not_checked_out
from harness.git.seal import finish_open_seals
from harness.git.transfer import transfer
from harness.phase.claiming import HeldClaim
from harness.phase.claims import ClaimWatch, claimed_elsewhere
from harness.phase.sharing import LostRaceError
from harness.scratch import scratch_folder
from harness.sync.joining import joined
from harness.sync.model import RefChange

_NOTES = "refs/notes/harness/"
_DIAGNOSES = "refs/harness/diagnoses/"
_ROUNDS = 20
_PAUSE = 0.05, 0.4  # seconds, between two looks at who lands something


@dataclass(slots=True)
class RemoteRun:
    """One clone's part in a run that `remote` has. `claim` is the one on the phase that is worked on."""

    user: Repository
    remote: str
    run: str
    say: Callable[[str], None]
    claim: HeldClaim | None = None
    _slot: HeldClaim | None = None
    _there: dict[str, str] = field(default_factory=dict)
    _watch: ClaimWatch = field(default_factory=ClaimWatch)

    @contextlib.contextmanager
    def claimed(self, phase: str, replaces: str | None) -> Iterator[None]:
        """Claim a phase on the remote, in place of the dead claim `replaces`, or of none.

        BlockedError `phase-claimed` where somebody else was faster.
        """
        ref = claim_ref(self.run, phase)
        held = self._take(ref, replaces) or (self._take(ref, None) if replaces else None)
        if held is None:
            raise claimed_elsewhere(phase, "another clone")
        self.claim = held
        with held.beating():
            yield

    @contextlib.contextmanager
    def landing(self) -> Iterator[None]:
        """Be the only clone that lands something; what the remote has of the run is here then."""
        self._slot = self._wait_for_slot()
        with self._slot.beating():
            self.pull()
            yield

    def publish(self, updates: Sequence[RefUpdate]) -> None:
        """Move these refs on the remote, if the claims are still ours; LostRaceError if anything moved.

        What was claimed in order to land is given back in the same step.
        """
        assert self._slot is not None
        assert self.claim is not None
        with self.claim.steady() as claim, self._slot.steady() as slot:
            if claim is None:
                raise claimed_elsewhere(self.run, "another clone, as this one gave no sign of life,")
            if slot is None:
                raise LostRaceError
            renewed = self.claim.blob()
            fences = [
                RefUpdate(claim_ref(self.run, self.claim.name), renewed, claim),
                RefUpdate(landing_ref(self.run), None, slot),
            ]
            moves = [RefUpdate(u.ref, u.new, self._there.get(u.ref)) for u in updates]
            try:
                move_remote_refs(self.user, self.remote, [*moves, *fences])
            except RefMovedError:
                raise LostRaceError from None
            self.claim.oid, self._slot.oid = renewed, None

    def pull(self) -> None:
        """Have here what the remote has of the run; its lock is held. BlockedError where both went on."""
        for _ in range(_ROUNDS):
            with hold(lock_folder(self.user.common_dir) / "sync.lock"):
                self._there = fetch_shared(self.user, self.remote)
            if self._bring_in():
                return
        raise BlockedError("refs-busy", f"the refs of {self.run} kept moving", "run the command again")

    def _bring_in(self) -> bool:
        here = self._of_run({})
        there = self._of_run(self._there)
        apart = [ref for ref, oid in there.items() if here.get(ref) != oid]
        if not apart:
            return True
        with scratch_folder() as scratch:
            private = PrivateRepository(scratch, self.user)
            changes = [joined(private, ref, here.get(ref), there[ref], self.user.identity) for ref in apart]
            self._require_joined(changes)
            moves = [RefUpdate(c.ref, c.new_here, c.here) for c in changes if c.new_here]
            with hold(lock_folder(self.user.common_dir) / "seal.lock"):
                if finish_open_seals(self.user):
                    return False
                transfer(private, self.user, [move.new for move in moves if move.new])
                try:
                    move_refs(self.user.git, moves)
                except RefMovedError:
                    return False
        return True

    def _require_joined(self, changes: Sequence[RefChange]) -> None:
        for change in changes:
            if change.action in ("diverged", "unreadable"):
                raise BlockedError(
                    f"sync-{change.action}", f"{change.ref}: {change.why}", "see `harness sync`"
                )
            if change.new_here and change.ref == branch_of(self.run):
                require_not_checked_out(self.user, self.run)

    def _of_run(self, there: dict[str, str]) -> dict[str, str]:
        """The refs that matter to the run, of those `there`, or of this repository."""
        prefixes = (
            ledger_ref(self.run, ""),
            phase_approvals_ref(self.run, ""),
            f"{_DIAGNOSES}{self.run}/",
            _NOTES,
        )
        branch = branch_of(self.run)
        if there:
            return {ref: oid for ref, oid in there.items() if ref.startswith(prefixes) or ref == branch}
        return {
            ref: oid
            for prefix in (*prefixes, branch)
            for ref, oid in list_refs(self.user.git, prefix).items()
        }

    def _take(self, ref: str, old: str | None) -> HeldClaim | None:
        def move(new: str | None, old: str | None) -> bool:
            try:
                move_remote_refs(self.user, self.remote, [RefUpdate(ref, new, old)])
            except RefMovedError:
                return False
            return True

        held = HeldClaim(self.user, ref.rpartition("/")[2], move)
        oid = held.blob()
        if not move(oid, old):
            return None
        held.oid = oid
        return held

    def _wait_for_slot(self) -> HeldClaim:
        ref, said, refused = landing_ref(self.run), False, 0
        while refused < _ROUNDS:
            with hold(lock_folder(self.user.common_dir) / "sync.lock"):
                found = fetch_shared(self.user, self.remote).get(ref)
            live = self._watch.live(recorded_claim(self.user, ref, found), self.remote) if found else None
            if live is None:
                held = self._take(ref, found)
                if held is not None:
                    return held
                refused += 1
            elif not said:
                self.say(f"waiting for {live.owner}, which lands another phase of the run")
                said = True
            time.sleep(random.uniform(*_PAUSE))
        raise BlockedError(
            "refs-busy",
            f"{self.remote} doesn't let {ref} move, though nobody holds it",
            "run it again; on the server, a lock file of a killed git may be left beside the ref",
        )
