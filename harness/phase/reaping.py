"""`gc`: what dead runs left behind, what of it can go, and why the rest stays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from harness.errors import BlockedError
from harness.git.free_locks import hold_abandoned
from harness.git.locks import lock_folder
from harness.git.refs import RefUpdate, list_refs
from harness.git.remotes import TRACKING, remote_names
from harness.git.repository import Repository
from harness.git.seal import delete_refs, roll_forward
from harness.phase.unsaved import unsaved_work
from harness.phase.workspace import repository_state
from harness.removal import remove_folder
from harness.scratch import abandoned_folders, clear_away

# Seconds a lock file without a folder is left alone: its owner may be about to begin.
_GRACE = 60.0

Kind = Literal["workspace", "lock", "scratch", "open-seal", "tracking-ref"]


@dataclass(frozen=True, slots=True)
class Remnant:
    """Something left behind: `place` is a path or a ref, `goes` whether it can go, `why` (not)."""

    kind: Kind
    place: str
    goes: bool
    why: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def remnants(user: Repository, run: str | None, *, apply: bool) -> list[Remnant]:
    """Everything left behind, of one run or of all; with `apply` what can go is gone afterwards.

    Two at once are safe, and so is one beside a run: a workspace is only looked at with its lock held.
    """
    found = list(_workspaces(user, run, apply=apply))
    if run is None:
        # Of other repositories, too: nothing in the temporary folder says whose it was.
        found += _scratch_folders(apply=apply)
        found += [*_open_seals(user, apply=apply), *_tracking_refs(user, apply=apply)]
    return found


def _scratch_folders(*, apply: bool) -> Iterator[Remnant]:
    folders = abandoned_folders()
    if apply:
        clear_away(folders)
    for folder in folders:
        if apply and folder.exists():
            yield Remnant("scratch", str(folder), False, "it can't be removed; see its permissions")
        else:
            yield Remnant("scratch", str(folder), True, "its command is dead")


def _workspaces(user: Repository, run: str | None, *, apply: bool) -> Iterator[Remnant]:
    parent = repository_state(user) / "worktrees"
    for place in sorted(parent.glob(f"{run or '*'}/*")):
        if place.name.endswith(".lock"):
            remnant = _owned(user, place, apply=apply)
            if remnant is not None:
                yield remnant
        elif place.is_dir() and not _lock_of(place).exists() and place.exists():
            yield Remnant("workspace", str(place), False, "no lock tells whose it is; delete it by hand")


def _owned(user: Repository, lock: Path, *, apply: bool) -> Remnant | None:
    """What became of the workspace of a lock; None where it was gone in the meantime."""
    folder = lock.with_suffix("")
    with hold_abandoned(lock) as dead:
        if not lock.exists():
            return None
        if not dead:
            return Remnant("workspace", str(folder), False, "its owner is alive")
        if not folder.exists():
            return _lone_lock(lock, apply=apply)
        unsaved = unsaved_work(user, folder)
        if unsaved:
            return Remnant("workspace", str(folder), False, unsaved)
        if apply:
            remove_folder(folder)
            if folder.exists():
                return Remnant("workspace", str(folder), False, "it can't be removed; see its permissions")
            lock.unlink(missing_ok=True)
        return Remnant("workspace", str(folder), True, "its owner is dead and nothing unsaved is in it")


def _lone_lock(lock: Path, *, apply: bool) -> Remnant:
    if time.time() - lock.stat().st_mtime < _GRACE:
        return Remnant("lock", str(lock), False, "it is new; its owner may be about to begin")
    if apply:
        lock.unlink(missing_ok=True)
    return Remnant("lock", str(lock), True, "nobody holds it, and its folder is gone")


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")


def _open_seals(user: Repository, *, apply: bool) -> Iterator[Remnant]:
    folder = lock_folder(user.common_dir) / "open-seals"
    markers = sorted(folder.iterdir()) if folder.is_dir() else []
    if apply and markers:
        roll_forward(user)
    for marker in markers:
        if apply and marker.exists():
            yield Remnant("open-seal", str(marker), False, "it can't be finished; any command says why")
        else:
            yield Remnant(
                "open-seal", str(marker), True, "a kill left it open; it is finished, or was never begun"
            )


def _tracking_refs(user: Repository, *, apply: bool) -> Iterator[Remnant]:
    names = remote_names(user)
    for ref, tip in list_refs(user.git, TRACKING).items():
        if any(ref.startswith(f"{TRACKING}{name}/") for name in names):
            continue
        elsewhere = ("--not", f"--exclude={TRACKING}*", "--all")
        if user.git.run("rev-list", "-1", tip, *elsewhere).text:
            yield Remnant("tracking-ref", ref, False, "what it names is nowhere else in this repository")
            continue
        yield _without_remote(user, ref, tip, apply=apply)


def _without_remote(user: Repository, ref: str, tip: str, *, apply: bool) -> Remnant:
    try:
        if apply:
            delete_refs(user, [RefUpdate(ref, None, tip)])
    except BlockedError:
        return Remnant("tracking-ref", ref, False, "somebody moved it meanwhile")
    return Remnant("tracking-ref", ref, True, "its remote is gone, and what it names is kept by other refs")
