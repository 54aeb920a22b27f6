"""`harness sync`: exchange run branches, ledgers, approvals and notes with a remote."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import BLOCKED, DONE, NOT_COMPLETE

if TYPE_CHECKING:
    from harness.sync.model import RefChange, Synced


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("remote", nargs="?", metavar="REMOTE", help="default: origin, or the only remote")
    parser.add_argument(
        "--dry-run", action="store_true", help="fetch and say what would be done; move nothing else"
    )
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    from harness.git.remotes import choose_remote
    from harness.sync.exchange import sync

    done = sync(user, choose_remote(user, arguments.remote), arguments.dry_run, output.note)
    if arguments.json:
        output.print_json(done.as_json())
    else:
        _print(done)
    return _exit_code(done)


def _exit_code(done: Synced) -> int:
    """5 where the remote refused something, 1 where something else is left undone."""
    if any(change.action == "refused" for change in done.undone):
        return BLOCKED
    return NOT_COMPLETE if done.undone else DONE


def _print(done: Synced) -> None:
    moved = [change for change in done.changes if change.action != "unchanged"]
    if not moved:
        output.line(f"{done.remote} and this repository have the same already")
    for change in moved:
        output.line(f"{change.action:12} {change.ref}{_about(change)}")
    if done.dry_run and moved:
        output.note("nothing was moved: a dry run")
    for change in done.undone:
        output.note(f"harness: {change.ref}: {change.why} [{_CODES[change.action]}]")


_CODES = {
    "diverged": "sync-diverged",
    "checked-out": "branch-checked-out",
    "busy": "sync-busy",
    "refused": "remote-refused",
    "unreadable": "sync-unreadable",
}


def _about(change: RefChange) -> str:
    if not change.carried:
        return ""
    entries = "entry" if change.carried == 1 else "entries"
    return f"  ({change.carried} {entries} of this repository put on top of the remote's)"
