"""The ledger: for each phase of a run a chain of commits, one an attempt, whose tree is its evidence."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pygit2

from harness.git.private import PrivateRepository
from harness.git.records import (
    EntryError,
    EntryFiles,
    entry_commit,
    entry_file,
    unreadable_chain,
    unreadable_record,
)
from harness.git.refs import list_refs, read_ref
from harness.git.repository import Identity, Repository
from harness.git.tree import write_tree
from harness.tree_entry import NewFile

RUNS = "refs/harness/runs/"
_GENESIS = Identity("harness", "harness@localhost")


def ledger_ref(run: str, phase: str) -> str:
    return f"{RUNS}{run}/{phase}"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One attempt's evidence. `oid` is the ledger commit, `candidate` the commit it pins, if any."""

    oid: str
    files: Mapping[str, bytes]
    parents: tuple[str, ...]

    def document(self, name: str) -> dict[str, Any]:
        """The JSON evidence file called `name`, empty where there is none."""
        data = self.files.get(name)
        document = json.loads(data) if data else {}
        return document if isinstance(document, dict) else {}


def ledger_phases(user: Repository, run: str) -> list[str]:
    """The phases of a run that have at least one recorded attempt."""
    prefix = f"{RUNS}{run}/"
    return [ref.removeprefix(prefix) for ref in list_refs(user.git, prefix)]


def ledger_runs(user: Repository) -> list[str]:
    """Every run the repository has a ledger of."""
    names = (ref.removeprefix(RUNS).split("/")[0] for ref in list_refs(user.git, RUNS))
    return list(dict.fromkeys(names))


def read_ledger(user: Repository, run: str, phase: str) -> list[LedgerEntry]:
    """Everything recorded of a phase, attempts and fixes, oldest first."""
    return read_chain(user, ledger_ref(run, phase))


def read_chain(user: Repository, ref: str) -> list[LedgerEntry]:
    """The entries of the chain at a ref, oldest first; none where there is no such ref.

    BlockedError `record-unreadable` where it is no such chain.
    """
    entries, problem = readable_chain(user, ref)
    if problem:
        raise unreadable_record(ref, problem)
    return entries


def readable_chain(user: Repository, ref: str) -> tuple[list[LedgerEntry], str]:
    """What can be read of the chain at a ref, oldest first, and why no more of it can, "" where all can."""
    found: list[LedgerEntry] = []
    tip = read_ref(user.git, ref)
    try:
        for entry in _walk(user.objects, tip) if tip else ():
            found.append(entry)
    except EntryError as error:
        return found[::-1], str(error)
    return found[::-1], ""


def read_entry(objects: pygit2.Repository, oid: str) -> LedgerEntry:
    """The ledger commit `oid` with all its evidence files; folders in it are left out.

    EntryError where there is no such commit.
    """
    commit = entry_commit(objects, oid)
    return LedgerEntry(str(commit.id), EntryFiles(objects, commit), tuple(str(p) for p in commit.parent_ids))


def read_evidence(user: Repository, tip: str, name: str) -> list[bytes]:
    """The evidence file `name` of each entry of the chain that ends with `tip`, oldest first.

    Entries without that file are left out. What was read once is remembered, as entries never change.
    BlockedError `record-unreadable` where it is no such chain.
    """
    found = []
    try:
        parent, data = _evidence(user.objects, tip, name)
        while parent:
            if data is not None:
                found.append(data)
            parent, data = _evidence(user.objects, parent, name)
    except EntryError as error:
        raise unreadable_chain(user, tip, str(error)) from None
    return found[::-1]


@functools.lru_cache(maxsize=8192)
def _evidence(objects: pygit2.Repository, oid: str, name: str) -> tuple[str | None, bytes | None]:
    """The entry before a ledger commit, None where it begins the chain, and one of its files."""
    commit = entry_commit(objects, oid)
    parent = str(commit.parent_ids[0]) if commit.parent_ids else None
    return parent, entry_file(commit, name)


def _walk(objects: pygit2.Repository, tip: str) -> Iterator[LedgerEntry]:
    entry = read_entry(objects, tip)
    # The chain begins with a commit that has no parents, else the first candidate would look like an entry.
    while entry.parents:
        yield entry
        entry = read_entry(objects, entry.parents[0])


def write_entry(
    private: PrivateRepository,
    tip: str | None,
    files: Mapping[str, bytes],
    pins: Mapping[str, str],
    message: str,
    identity: Identity,
) -> str:
    """A ledger commit in the private repository, on top of `tip`; `pins` are commits it keeps alive."""
    empty = str(private.objects.TreeBuilder().write())
    tree = write_tree(private.objects, empty, {name: NewFile(data, "100644") for name, data in files.items()})
    previous = tip or private.commit(empty, (), "Begin a ledger\n", _GENESIS, time=0)
    parents = dict.fromkeys([previous, *pins.values()])
    return private.commit(tree, parents, message, identity)
