"""Holding a claim while a phase is worked on: taken, renewed by a thread, and given back."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator

from harness.errors import BlockedError, HarnessError
from harness.git.claims import claim_ref, move_claim, take_claim, write_claim
from harness.git.repository import Repository
from harness.phase.claims import EXPIRY, Claim
from harness.phase.owner import Owner, this_process

# So many signs of life are given before a claim would count as nobody's.
_BEATS = 4

# Moves a ref of claims from its second to its first value; whether it was where it was expected.
Move = Callable[[str | None, str | None], bool]


class HeldClaim:
    """A claim this process holds, on what `name` says. Its value changes with every heartbeat."""

    def __init__(self, user: Repository, name: str, move: Move, expiry: float = EXPIRY) -> None:
        self.name = name
        self._user = user
        self._move = move
        self._owner: Owner = this_process()
        self._nonce = os.urandom(8).hex()
        self._expiry = expiry
        self._turn = threading.Lock()
        self.oid: str | None = None

    def blob(self) -> str:
        """A blob that says that the owner lives now."""
        claim = Claim(owner=self._owner, nonce=self._nonce, heartbeat=time.time(), expiry=self._expiry)
        return write_claim(self._user, claim.encode())

    @contextlib.contextmanager
    def steady(self) -> Iterator[str | None]:
        """The claim's value, None where it is lost; it stays as it is meanwhile."""
        with self._turn:
            yield self.oid

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        """Renew the claim as long as the block takes, and give it back afterwards."""
        over = threading.Event()
        thread = threading.Thread(target=self._beat, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            if self.oid is not None:
                with contextlib.suppress(HarnessError):
                    self._move(None, self.oid)

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(self._expiry / _BEATS):
            with self._turn, contextlib.suppress(HarnessError):
                if self.oid is None:
                    return
                new = self.blob()
                # What can't be reached is tried again; what was taken over is lost for good.
                self.oid = new if self._move(new, self.oid) else None


@contextlib.contextmanager
def claimed(user: Repository, run: str, phase: str) -> Iterator[None]:
    """Claim a phase here. Its lock is held, so whoever claimed it before is dead."""
    ref = claim_ref(run, phase)
    held = HeldClaim(user, phase, lambda new, old: move_claim(user, ref, new, old))
    oid = held.blob()
    if not take_claim(user, ref, oid):
        raise BlockedError("refs-busy", f"{ref} kept moving", "run the command again")
    held.oid = oid
    with held.beating():
        yield
