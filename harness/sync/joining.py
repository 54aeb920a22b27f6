"""How a ref of either side becomes one: by kind of ref, nothing lost, nothing forced."""

from __future__ import annotations

from harness.git.chain_merge import ChainError, join_chains
from harness.git.note_merge import contains, joined_notes
from harness.git.private import PrivateRepository
from harness.git.repository import Identity
from harness.sync.model import Action, RefChange

_CHAINS = ("refs/harness/runs/", "refs/harness/fixes", "refs/harness/approvals/", "refs/harness/diagnoses/")
_NOTES = "refs/notes/"


def joined(
    private: PrivateRepository, ref: str, here: str | None, there: str | None, identity: Identity
) -> RefChange:
    """What to do about a ref that is at `here` in this repository and at `there` on the remote."""
    if here == there:
        return RefChange(ref, "unchanged", here, there)
    if here is None:
        return RefChange(ref, "fetched", here, there, new_here=there)
    if there is None:
        return RefChange(ref, "pushed", here, there, new_there=here)
    try:
        tip, carried = _tip(private, ref, here, there, identity)
    except ChainError as error:
        return RefChange(ref, "unreadable", here, there, why=str(error))
    if tip is None:
        why = "both sides went on from where they were the same; `harness explain sync-diverged` tells how on"
        return RefChange(ref, "diverged", here, there, why=why)
    new_here, new_there = (tip if tip != old else None for old in (here, there))
    action: Action = "fetched" if not new_there else "pushed" if not new_here else "merged"
    return RefChange(ref, action, here, there, new_here, new_there, carried)


def _tip(
    private: PrivateRepository, ref: str, here: str, there: str, identity: Identity
) -> tuple[str | None, int]:
    """(the commit that has what both have, entries carried over); None where only a person can say."""
    if ref.startswith(_NOTES):
        return joined_notes(private, here, there, identity), 0
    if ref.startswith(_CHAINS):
        chain = join_chains(private, here, there)
        return chain.tip, len(chain.moved)
    if contains(private, there, here):
        return there, 0
    return (here if contains(private, here, there) else None), 0
