"""What a claim says, and whether it still counts. Pure, but for looking at processes of this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, PositiveFloat, ValidationError

from harness.errors import BlockedError
from harness.git.claims import RecordedClaim
from harness.phase.owner import Owner, is_alive

EXPIRY = 90.0  # seconds without a sign of life after which a claim of another machine is nobody's
# Clocks of two machines may differ by so much before a claim counts as old by its own date.
_SKEW = 900.0
# Nobody holds something for longer without a sign of life, whatever is claimed.
_LONGEST = 900.0


class Claim(BaseModel):
    """`harness.claim/1`: who works on something, when it last said so, and for how long that counts.

    `heartbeat` is in seconds since the epoch by the owner's clock, `expiry` in seconds. `nonce` tells one
    claim of a process from the next, and grows with every heartbeat no further.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_: Literal["harness.claim/1"] = "harness.claim/1"
    owner: Owner
    nonce: str
    heartbeat: float
    expiry: PositiveFloat = EXPIRY

    def encode(self) -> bytes:
        """The document as it is kept."""
        data = self.model_dump(mode="json")
        return (json.dumps({"schema": data.pop("schema_"), **data}) + "\n").encode()


def decode_claim(data: bytes) -> Claim | None:
    """The claim a document holds; None for one that is none."""
    try:
        return Claim.model_validate_json(data)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class LiveClaim:
    """A claim that counts: who holds it, and where it was seen (None: in this repository)."""

    owner: str
    oid: str
    remote: str | None = None


@dataclass(slots=True)
class ClaimWatch:
    """Tells live claims from dead ones, by what became of them since they were first seen.

    On this machine the process is looked at. Of another one no clock is trusted: a claim is dead once it
    has stood unchanged for its expiry by the clock here, or is older than any difference of clocks.
    """

    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    _seen: dict[str, tuple[str, float]] = field(default_factory=dict)

    def is_live(self, recorded: RecordedClaim, remote: str | None = None) -> bool:
        """Whether somebody holds a claim; `remote` is where it was seen."""
        claim = decode_claim(recorded.data)
        if claim is None:
            return False
        alive = is_alive(claim.owner)
        if alive is not None:
            return alive
        key = f"{remote}\0{recorded.ref}"
        oid, since = self._seen.get(key, ("", 0.0))
        if oid != recorded.oid:
            since = self.clock()
            self._seen[key] = (recorded.oid, since)
        expiry = min(claim.expiry, _LONGEST)
        if self.clock() - since >= expiry:
            return False
        return self.wall() - claim.heartbeat < expiry + _SKEW

    def live(self, recorded: RecordedClaim, remote: str | None = None) -> LiveClaim | None:
        """The claim, if somebody holds it."""
        claim = decode_claim(recorded.data)
        if claim is None or not self.is_live(recorded, remote):
            return None
        return LiveClaim(str(claim.owner), recorded.oid, remote)


def claimed_elsewhere(phase: str, owner: str) -> BlockedError:
    """What is said where somebody else has claimed a phase."""
    return BlockedError(
        "phase-claimed", f"{owner} works on {phase}", "wait for it, or run another phase meanwhile"
    )
