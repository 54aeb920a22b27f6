"""Sealing an attempt: one ref moves first and makes it true, the others follow and can be finished later.

The ledger ref is the commit point. Its entry names the branch move and the notes that belong to it, so
that whoever comes after a kill can roll forward. A marker file under the common git directory names the
ledgers that may have something left to finish.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from harness.errors import BlockedError, UsageError
from harness.git.ledger import RUNS, LedgerEntry, read_entry, write_entry
from harness.git.locks import held_by_nobody, hold, lock_folder
from harness.git.notes import CI_NOTES, PYTEST_NOTES, Note, add_notes
from harness.git.private import PrivateRepository
from harness.git.records import EntryError, require_entry, unreadable_record
from harness.git.refs import RefMovedError, RefUpdate, list_refs, move_refs, read_ref
from harness.git.repository import Repository, branch_of, require_not_checked_out
from harness.git.transfer import transfer
from harness.process.regular_file import read_regular
from harness.scratch import scratch_folder

SEAL_FILE = "seal.json"
_DRAFT = "%new"  # no quoted name ends so
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class SealFacts:
    """What belongs to a ledger entry beside the ledger itself: a branch move (or none), and notes."""

    branch: RefUpdate | None
    notes: tuple[Note, ...]

    def encode(self) -> bytes:
        return (json.dumps({"schema": "harness.seal/1", **asdict(self)}, sort_keys=True) + "\n").encode()


def decode_seal(entry: LedgerEntry) -> SealFacts:
    """The seal facts a ledger entry carries."""
    document = entry.document(SEAL_FILE)
    branch = document.get("branch")
    notes = tuple(Note(**note) for note in document.get("notes", ()))
    return SealFacts(RefUpdate(**branch) if branch else None, notes)


# Makes moves true elsewhere, before they are made here; an exception leaves both as they were.
Publish = Callable[[Sequence[RefUpdate]], None]


def seal(
    private: PrivateRepository,
    user: Repository,
    ledger: RefUpdate,
    facts: SealFacts,
    publish: Publish | None = None,
) -> None:
    """Make the ledger commit `ledger.new` true, then move branch and notes.

    With `publish` all of it is made true there first: what is here then only follows. BlockedError
    `ledger-moved` or `branch-moved` if somebody else was there first; nothing is moved then.
    """
    tips = [update.new for update in (ledger, facts.branch) if update and update.new]
    verify = {facts.branch.ref: facts.branch.old} if facts.branch else {}
    with hold(_seal_lock(user)):
        # What another was killed in the middle of comes first, or this would be put past it.
        _finish_open(user)
        transfer(private, user, tips)
        notes = None
        if publish:
            notes = add_notes(private, user, facts.notes)
            transfer(private, user, [update.new for update in notes if update.new])
            publish([ledger, *([facts.branch] if facts.branch else []), *notes])
        marker = _mark(user, ledger)
        try:
            move_refs(user.git, [ledger], verify)
        except RefMovedError as moved:
            marker.unlink(missing_ok=True)
            raise _lost_race(moved.ref) from None
        _finish(private, user, facts, notes)
        marker.unlink(missing_ok=True)


def append_entry(
    private: PrivateRepository,
    user: Repository,
    ref: str,
    files: Mapping[str, bytes],
    pins: Mapping[str, str],
    message: str,
) -> str:
    """Put an entry that moves nothing else on top of the chain at `ref`; returns its commit.

    BlockedError `refs-busy` where others kept adding to it.
    """
    for _ in range(_ATTEMPTS):
        old = read_ref(user.git, ref)
        require_entry(user, ref, old)
        entry = write_entry(private, old, files, pins, message, user.identity)
        with hold(_seal_lock(user)):
            _finish_open(user)
            transfer(private, user, [entry])
            try:
                move_refs(user.git, [RefUpdate(ref, entry, old)])
            except RefMovedError:
                continue
            return entry
    raise BlockedError("refs-busy", f"{ref} kept moving", "run the command again")


def roll_forward(user: Repository) -> list[str]:
    """Finish every seal a kill left open; returns a line for each that can't be finished."""
    if not _open_markers(user):
        return []
    with hold(_seal_lock(user)):
        return _finish_open(user)


def finish_open_seals(user: Repository) -> bool:
    """The same for who holds the seal lock; whether there were any, so that refs may have moved."""
    found = _open_markers(user)
    _finish_open(user)
    return found != _open_markers(user)


def _finish_open(user: Repository) -> list[str]:
    """The same with the seal lock held."""
    markers = _open_markers(user)
    if not markers:
        return []
    with scratch_folder() as scratch:
        private = PrivateRepository(scratch, user)
        return [remark for marker in markers for remark in _finish_marked(private, user, marker)]


def _open_markers(user: Repository) -> list[Path]:
    folder = _markers(user)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _finish_marked(private: PrivateRepository, user: Repository, marker: Path) -> list[str]:
    name = unquote(marker.name)
    entry = "" if marker.name.endswith(_DRAFT) else _marked(marker)
    if not entry or not _is_sealed(user, RUNS + name, entry):
        marker.unlink(missing_ok=True)  # the ledger never moved, so nothing was sealed
        return []
    try:
        facts = _sealed(user, name, entry)
        if _pending_branch(user, facts.branch):
            require_not_checked_out(user, name.partition("/")[0])
        _finish(private, user, facts)
    except (BlockedError, UsageError) as error:
        return [f"{name}: {error.message}"]
    marker.unlink(missing_ok=True)
    return []


def _is_sealed(user: Repository, ref: str, entry: str) -> bool:
    """Whether the ledger holds an entry, others on top of it or not."""
    tip = read_ref(user.git, ref)
    return tip is not None and (tip == entry or user.is_ancestor(entry, tip))


def _marked(marker: Path) -> str:
    """The entry a marker names, "" for something that is no marker."""
    try:
        return read_regular(marker, 100).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _sealed(user: Repository, name: str, oid: str) -> SealFacts:
    """What the seal of an entry of `name`, RUN/PHASE, still has to move.

    BlockedError `record-unreadable` for one that names anything but its run's branch and the notes of tests.
    """
    ref, branch_ref = RUNS + name, branch_of(name.partition("/")[0])
    try:
        entry = read_entry(user.objects, oid)
        facts = decode_seal(entry)
    except (EntryError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise unreadable_record(ref, f"{SEAL_FILE} of {oid[:12]} is no seal: {error}") from None
    branch = facts.branch
    if branch and (branch.ref != branch_ref or branch.new not in entry.parents[1:]):
        why = f"{SEAL_FILE} of {oid[:12]} would move {branch.ref}, and only {branch_ref} is its to move"
        raise unreadable_record(ref, f"{why}, to a commit it pins")
    if any(
        note.ref not in (PYTEST_NOTES, CI_NOTES) or note.commit not in entry.parents for note in facts.notes
    ):
        raise unreadable_record(ref, f"{SEAL_FILE} of {oid[:12]} would write notes that aren't its own")
    return facts


def _finish(
    private: PrivateRepository, user: Repository, facts: SealFacts, notes: list[RefUpdate] | None = None
) -> None:
    """Move branch and notes where the seal says; doing it twice changes nothing.

    `notes` are the moves of the notes refs, where they are made already.
    """
    for _ in range(_ATTEMPTS):
        updates = add_notes(private, user, facts.notes) if notes is None else list(notes)
        notes = None
        branch = _pending_branch(user, facts.branch)
        if branch:
            updates.append(branch)
        if not updates:
            return
        transfer(private, user, [update.new for update in updates if update.new])
        try:
            move_refs(user.git, updates)
        except RefMovedError:
            continue  # somebody else wrote a note meanwhile: build on theirs
        return
    raise BlockedError("refs-busy", "the notes refs kept moving", "run the command again")


def _pending_branch(user: Repository, branch: RefUpdate | None) -> RefUpdate | None:
    """The branch move still to be made; None once the branch holds it."""
    if branch is None or branch.new is None:
        return None
    tip = read_ref(user.git, branch.ref)
    if tip == branch.old:
        return branch
    if tip and (tip == branch.new or user.is_ancestor(branch.new, tip)):
        return None
    raise _lost_race(branch.ref)


def _lost_race(ref: str) -> BlockedError:
    code = "branch-moved" if ref.startswith("refs/heads/") else "ledger-moved"
    return BlockedError(
        code,
        f"{ref} was moved by somebody else meanwhile",
        "nothing was lost: look at it with `git log`, then run the command again",
    )


def refs_between_seals(user: Repository, prefixes: Iterable[str]) -> dict[str, str]:
    """The refs that begin with `prefixes`, as they are while nothing is being sealed; nothing is written."""
    with held_by_nobody(_seal_lock(user)):
        return {ref: oid for prefix in prefixes for ref, oid in list_refs(user.git, prefix).items()}


def _seal_lock(user: Repository) -> Path:
    return lock_folder(user.common_dir) / "seal.lock"


def _markers(user: Repository) -> Path:
    return lock_folder(user.common_dir) / "open-seals"


def _mark(user: Repository, ledger: RefUpdate) -> Path:
    marker = _markers(user) / quote(ledger.ref.removeprefix(RUNS), safe="")
    marker.parent.mkdir(parents=True, exist_ok=True)
    draft = marker.with_name(marker.name + _DRAFT)
    # One that a kill left goes, and a link somebody put there isn't followed.
    draft.unlink(missing_ok=True)
    with draft.open("x") as file:
        file.write(f"{ledger.new}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(marker)
    return marker


def move_branch(
    user: Repository, private: PrivateRepository, update: RefUpdate, publish: Publish | None = None
) -> None:
    """Move a run branch by compare-and-swap, its objects first; BlockedError `branch-moved` if it moved.

    With `publish` it is moved there first.
    """
    with hold(_seal_lock(user)):
        transfer(private, user, [update.new] if update.new else [])
        if publish:
            publish([update])
        try:
            move_refs(user.git, [update])
        except RefMovedError as moved:
            raise _lost_race(moved.ref) from None


def delete_refs(user: Repository, updates: Iterable[RefUpdate]) -> None:
    """Delete refs that are still where they were seen; BlockedError names one that moved."""
    with hold(_seal_lock(user)):
        try:
            move_refs(user.git, updates)
        except RefMovedError as moved:
            raise _lost_race(moved.ref) from None
