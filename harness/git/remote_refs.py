"""Moving refs of a remote by compare-and-swap: all of them, or none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.errors import BlockedError
from harness.git.refs import RefMovedError, RefUpdate
from harness.git.remotes import Pushed, push
from harness.git.repository import Repository

# What git says, on either side, where a ref wasn't where it was expected, or where others were moving it.
_MOVED = re.compile(
    r"stale info|fetch first|non-fast-forward|incorrect old value|cannot lock ref|failed to lock"
    r"|failed to update ref|already exists|reference not found|unable to resolve reference"
    r"|atomic transaction failed"
)
_ALONG = "atomic"  # "atomic push failed", "atomic transaction failed": another ref is to blame


def move_remote_refs(user: Repository, remote: str, updates: Iterable[RefUpdate]) -> None:
    """Move refs of a remote in one transaction, each from its `old` (None: absent) to its `new` (None: gone).

    The objects are in this repository. RefMovedError names a ref that wasn't at its `old`; BlockedError
    `remote-refused` where the server doesn't let one move, `remote-unreachable` where it wasn't asked.
    """
    wanted = [update for update in updates if update.new != update.old]
    if not wanted:
        return
    leases = [f"--force-with-lease={update.ref}:{update.old or ''}" for update in wanted]
    pushed = push(
        user, remote, ["--atomic", *leases], [f"{update.new or ''}:{update.ref}" for update in wanted]
    )
    if pushed.refused:
        raise _why(remote, pushed, [update.ref for update in wanted])


def _why(remote: str, pushed: Pushed, refs: list[str]) -> Exception:
    if not pushed.answered:
        return BlockedError(
            "remote-unreachable",
            f"can't push to {remote}: {pushed.refused[refs[0]]}",
            f"see that `git push {remote}` works; what is here is complete, and can be pushed later",
        )
    for ref, reason in pushed.refused.items():
        if _MOVED.search(reason):
            return RefMovedError(ref)
    ref, reason = next(
        ((ref, why) for ref, why in pushed.refused.items() if _ALONG not in why),
        next(iter(pushed.refused.items())),
    )
    return BlockedError(
        "remote-refused",
        f"{remote} doesn't let {ref} move: {reason}",
        "allow pushes to refs/heads/harness/*, refs/harness/* and refs/notes/harness/*",
    )
