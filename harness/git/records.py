"""Reading what refs of the harness hold; what isn't what it should be has an error that names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pygit2

from harness.errors import BlockedError
from harness.git.refs import list_refs
from harness.git.remotes import TRACKING
from harness.git.repository import Repository

APPROVALS = "refs/harness/approvals/"
DIAGNOSES = "refs/harness/diagnoses/"
UNLANDED = "refs/harness/unlanded/"
# Of what is below these, whoever reads it leaves out what can't be read.
LEFT_OUT = (APPROVALS, DIAGNOSES, UNLANDED)

# What pygit2 raises for an object that is missing, damaged or of another kind, and for an id that is none.
_UNREADABLE = (KeyError, ValueError, TypeError, pygit2.GitError)


class EntryError(Exception):
    """An object that should be an entry of a chain of commits, and isn't; the text says why."""


def entry_commit(objects: pygit2.Repository, oid: str) -> pygit2.Commit:
    """The commit of a full id, its tree there too; EntryError says what stands in its place."""
    try:
        found = objects[oid]
        if isinstance(found, pygit2.Commit):
            _ = found.tree
            return found
    except _UNREADABLE:
        raise EntryError(f"{oid[:12]} or its tree is missing or damaged") from None
    raise EntryError(f"{oid[:12]} is a {found.type_str}, not a commit")


def entry_file(commit: pygit2.Commit, name: str) -> bytes | None:
    """The content of a file of an entry, None where it has none so called; EntryError where it is no file."""
    try:
        if name not in commit.tree:
            return None
        found = commit.tree[name]
        # Only its content is looked for in the object store.
        if isinstance(found, pygit2.Blob):
            return found.data
    except _UNREADABLE:
        raise EntryError(f"{name} of {str(commit.id)[:12]} is missing or damaged") from None
    raise EntryError(f"{name} of {str(commit.id)[:12]} is a {found.type_str}, not a file")


class EntryFiles(Mapping[str, bytes]):
    """The files of an entry, folders left out. Each is read when it is asked for: those of all entries of a
    run together may be more than there is memory.
    """

    def __init__(self, objects: pygit2.Repository, commit: pygit2.Commit) -> None:
        """EntryError where a file is missing or damaged."""
        self._objects = objects
        try:
            # To look at its data is to read it.
            blobs = [item for item in commit.tree if isinstance(item, pygit2.Blob) and item.data is not None]
        except _UNREADABLE:
            raise EntryError(f"a file of {str(commit.id)[:12]} is missing or damaged") from None
        self._ids = {str(blob.name): blob.id for blob in blobs}

    def __getitem__(self, name: str) -> bytes:
        found = self._objects[self._ids[name]]
        assert isinstance(found, pygit2.Blob)
        return found.data

    def __contains__(self, name: object) -> bool:
        return name in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def unreadable_record(ref: str, why: str) -> BlockedError:
    """The error for a ref of the harness that holds something else than a record."""
    return BlockedError(
        "record-unreadable",
        f"{ref} can't be read: {why}",
        f"look at it: git show {ref}; lost objects come back from a remote that has them with "
        f"`git fetch --refetch --no-filter REMOTE {ref}`; `git update-ref -d {ref}` forgets what isn't a "
        "record, and `harness sync` brings back what a remote has instead",
    )


def require_entry(user: Repository, ref: str, tip: str | None) -> None:
    """BlockedError `record-unreadable` where `tip`, which a ref names, is no commit to put anything on."""
    try:
        if tip is not None:
            entry_commit(user.objects, tip)
    except EntryError as error:
        raise unreadable_record(ref, str(error)) from None


def unreadable_chain(user: Repository, tip: str, why: str) -> BlockedError:
    """The same for the chain that ends with `tip`, whose ref is looked for."""
    refs = [ref for ref, oid in list_refs(user.git, "refs/harness/").items() if oid == tip]
    # What was last fetched from a remote has the same tip, and is nobody's record.
    return unreadable_record(max(refs, key=lambda ref: not ref.startswith(TRACKING), default=tip), why)
