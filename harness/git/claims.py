"""Claims in git: for each phase somebody works on a ref, moved by compare-and-swap only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pygit2

from harness.git.refs import RefMovedError, RefUpdate, list_refs, move_refs, read_ref
from harness.git.remotes import TRACKING
from harness.git.repository import Repository

CLAIMS = "refs/harness/claims/"
# Not the name of any phase, as ids begin with a letter or a digit.
_LANDING = "@landing"


def claim_ref(run: str, phase: str) -> str:
    """Where the claim on a phase is, here and on a remote."""
    return f"{CLAIMS}{run}/{phase}"


def landing_ref(run: str) -> str:
    """Where, on a remote, the claim of whoever is landing something of a run is."""
    return f"{CLAIMS}{run}/{_LANDING}"


@dataclass(frozen=True, slots=True)
class RecordedClaim:
    """A claim as it stands in a ref: the blob, and what is in it."""

    ref: str
    oid: str
    data: bytes


def read_claims(user: Repository, run: str) -> dict[str, RecordedClaim]:
    """The claims on phases of a run in this repository, by phase."""
    prefix = f"{CLAIMS}{run}/"
    claims = _recorded(user.objects, list_refs(user.git, prefix), 0)
    return {claim.ref.removeprefix(prefix): claim for claim in claims}


def read_remote_claims(user: Repository, run: str) -> list[tuple[str, str, RecordedClaim]]:
    """The claims on phases of a run that remotes had when they were last fetched: (remote, phase, claim)."""
    place = f"/{CLAIMS.removeprefix('refs/')}{run}/"
    claims = _recorded(user.objects, list_refs(user.git, f"{TRACKING}**{place}*"), len(TRACKING))
    found = []
    for claim in claims:
        remote, _, phase = claim.ref.partition(place)
        found.append((remote, phase, replace(claim, ref=claim_ref(run, phase))))
    return [row for row in found if row[1] != _LANDING]


def _recorded(objects: pygit2.Repository, refs: Mapping[str, str], left_out: int) -> list[RecordedClaim]:
    found = []
    for ref, oid in refs.items():
        blob = objects.get(oid)
        if isinstance(blob, pygit2.Blob):
            found.append(RecordedClaim(ref[left_out:], oid, blob.data))
    return found


def recorded_claim(user: Repository, ref: str, oid: str) -> RecordedClaim:
    """The claim a ref has at `oid`; without content where that is none."""
    blob = user.objects.get(oid)
    return RecordedClaim(ref, oid, blob.data if isinstance(blob, pygit2.Blob) else b"")


def write_claim(user: Repository, data: bytes) -> str:
    """The blob of a claim; no ref moves. Safe in any thread."""
    return user.git("hash-object", "-w", "--stdin", stdin=data).text


def move_claim(user: Repository, ref: str, new: str | None, old: str | None) -> bool:
    """Move a claim from `old` to `new` (None: absent); False where it wasn't at `old`."""
    try:
        move_refs(user.git, [RefUpdate(ref, new, old)])
    except RefMovedError:
        return False
    return True


def take_claim(user: Repository, ref: str, new: str) -> bool:
    """Put a claim in place of a dead one, or of none; False where somebody else kept moving it."""
    return any(move_claim(user, ref, new, read_ref(user.git, ref)) for _ in range(5))
