"""A drain's part in a run that other clones work on, too: what the remote has is followed here."""

from __future__ import annotations

from collections.abc import Callable

from harness.drain.options import DrainEvent, Tell
from harness.errors import BlockedError, HarnessError
from harness.git.free_locks import hold_if_free
from harness.git.locks import hold, lock_folder, run_lock
from harness.git.remotes import fetch_shared
from harness.git.repository import Repository, branch_of
from harness.sync.exchange import sync
from harness.sync.shared_run import RemoteRun

_CODES = {"refused": "remote-refused", "checked-out": "branch-checked-out"}


def exchange(user: Repository, remote: str, run: str, say: Callable[[str], None]) -> None:
    """Have the same here as on the remote before anything begins; BlockedError where that can't be."""
    for change in sync(user, remote, False, say).undone:
        if change.ref == branch_of(run) and change.action != "busy":
            code = _CODES.get(change.action, f"sync-{change.action}")
            message = f"run {run} can't be shared with {remote}: {change.why}"
            raise BlockedError(code, message, f"see `harness explain {code}`")


def give(user: Repository, remote: str, tell: Tell) -> None:
    """Let the remote have what else is here; what can't be exchanged now can be later."""
    try:
        sync(user, remote, False, lambda _: None)
    except HarnessError as error:
        tell(DrainEvent("waiting", f"{error.message}; `harness sync {remote}` exchanges the rest"))


def follow(user: Repository, remote: str, run: str) -> str:
    """Have here what the remote has of the run; its claims only, while something of it lands here.

    Returns why that didn't work, "" where it did.
    """
    try:
        with hold_if_free(run_lock(user.common_dir, run)) as is_free:
            if is_free:
                RemoteRun(user, remote, run, lambda _: None).pull()
                return ""
        with hold(lock_folder(user.common_dir) / "sync.lock"):
            fetch_shared(user, remote)
    except BlockedError as error:
        return f"{error.message} [{error.code}]"
    return ""
