"""Approvals in git: for each thing approved a ref, and below it a chain of commits, the newest first."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

from harness.errors import BlockedError
from harness.git.private import PrivateRepository
from harness.git.records import APPROVALS, EntryError, entry_commit, entry_file, require_entry
from harness.git.refs import RefMovedError, RefUpdate, move_refs, read_ref
from harness.git.repository import Repository
from harness.git.transfer import transfer
from harness.git.tree import write_tree
from harness.scratch import scratch_folder
from harness.tree_entry import NewFile

APPROVAL_FILE = "approval.json"
_ATTEMPTS = 20


def phase_approvals_ref(run: str, phase: str) -> str:
    """Where the approvals of a phase's blocked candidates are."""
    return f"{APPROVALS}runs/{run}/{phase}"


def path_approvals_ref(digest: str) -> str:
    """Where the approvals of one path's change are, by the digest of that difference."""
    return f"{APPROVALS}paths/{digest}"


def add_approval(user: Repository, refs: Iterable[str], document: bytes, message: str) -> None:
    """Put an approval on top of each ref's chain; BlockedError `refs-busy` where they keep moving."""
    refs = list(refs)
    with scratch_folder() as scratch:
        private = PrivateRepository(scratch, user)
        empty = str(private.objects.TreeBuilder().write())
        tree = write_tree(private.objects, empty, {APPROVAL_FILE: NewFile(document, "100644")})
        for _ in range(_ATTEMPTS):
            tips = {ref: read_ref(user.git, ref) for ref in refs}
            updates = [_update(private, user, ref, old, tree, message) for ref, old in tips.items()]
            transfer(private, user, [update.new for update in updates if update.new])
            try:
                return move_refs(user.git, updates)
            except RefMovedError:
                continue  # somebody else approved meanwhile: build on theirs
    raise BlockedError("refs-busy", "the approval's ref kept moving", "run the command again")


def _update(
    private: PrivateRepository, user: Repository, ref: str, old: str | None, tree: str, message: str
) -> RefUpdate:
    require_entry(user, ref, old)
    return RefUpdate(ref, private.commit(tree, [old] if old else [], message, user.identity), old)


def read_approvals(user: Repository, ref: str) -> Sequence[bytes]:
    """The documents of a ref's chain, newest first; what isn't an approval is left out."""
    tip = read_ref(user.git, ref)
    found: list[bytes] = []
    with contextlib.suppress(EntryError):
        while tip is not None:
            commit = entry_commit(user.objects, tip)
            document = entry_file(commit, APPROVAL_FILE)
            if document is not None:
                found.append(document)
            tip = str(commit.parent_ids[0]) if commit.parent_ids else None
    return found
