"""Joining two chains of commits that grew apart: the other side's entries come on top, none is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pygit2

from harness.git.private import PrivateRepository


@dataclass(frozen=True, slots=True)
class JoinedChain:
    """The tip of a chain that has every entry of both, and the entries that were put on top, oldest first."""

    tip: str
    moved: tuple[str, ...] = ()


class ChainError(Exception):
    """A ref holds something that is no chain of commits."""


def join_chains(private: PrivateRepository, ours: str, theirs: str) -> JoinedChain:
    """`theirs` as it stands, and on top what only `ours` has, with its own tree, author, dates and pins.

    What a remote has is never rewritten: there it is a fast-forward. An entry both sides have under two
    names, because it was carried over before, is taken once. ChainError where a side is no chain.
    """
    objects = private.objects
    ids, records = set(), set()
    for commit in _first_parents(objects, theirs):
        ids.add(str(commit.id))
        records.add(_record(commit))
    if ours in ids:
        return JoinedChain(theirs)
    missing = []
    for commit in _first_parents(objects, ours):
        if str(commit.id) == theirs:
            return JoinedChain(ours)
        if str(commit.id) in ids:
            break
        missing.append(commit)
    tip, moved = theirs, []
    for commit in reversed(missing):
        if not _is_genesis(commit) and _record(commit) not in records:
            tip = _on_top(objects, commit, tip)
            moved.append(tip)
    return JoinedChain(tip, tuple(moved))


def _first_parents(objects: pygit2.Repository, tip: str) -> Iterator[pygit2.Commit]:
    try:
        commit = objects[tip].peel(pygit2.Commit)
        while True:
            yield commit
            if not commit.parent_ids:
                return
            commit = objects[commit.parent_ids[0]].peel(pygit2.Commit)
    except (KeyError, pygit2.GitError, pygit2.InvalidSpecError) as error:
        raise ChainError(f"{tip[:12]} is no chain of commits: {error}") from None


def _is_genesis(commit: pygit2.Commit) -> bool:
    """Whether a commit only begins a chain: no parents, and nothing in it."""
    return not commit.parent_ids and not len(commit.tree)


def _record(commit: pygit2.Commit) -> bytes:
    """All of a commit but the entry before it."""
    return b"\n".join(_without_previous(commit))


def _without_previous(commit: pygit2.Commit) -> list[bytes]:
    """The lines of a commit object, its tree first, the first parent left out."""
    lines = commit.read_raw().split(b"\n")
    return [*lines[:1], *(lines[2:] if commit.parent_ids else lines[1:])]


def _on_top(objects: pygit2.Repository, commit: pygit2.Commit, tip: str) -> str:
    tree, *rest = _without_previous(commit)
    data = b"\n".join([tree, b"parent " + tip.encode(), *rest])
    return str(objects.write(pygit2.enums.ObjectType.COMMIT, data))
