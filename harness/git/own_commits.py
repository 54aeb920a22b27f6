"""The commits of a run's own making, at the tip of its branch."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import pygit2

from harness.git.repository import Repository


def own_commits(user: Repository, run: str, tip: str) -> frozenset[str]:
    """The commits along the first parents of `tip` that carry the run's trailer, up to the first without."""
    return _grown(user.objects, run, tip)[0]


def first_foreign(user: Repository, run: str, tip: str) -> str | None:
    """The first commit along the first parents of `tip` that isn't the run's; None where all are."""
    return _grown(user.objects, run, tip)[1]


def own_line(user: Repository, run: str, commit: str) -> tuple[str, ...]:
    """`commit` and what leads to it along first parents, newest first, up to the first not of the run."""
    line: list[str] = []
    place: str | None = commit
    of_run = True
    while place is not None and of_run:
        line.append(place)
        place, of_run = _step(user.objects, run, place)
    return tuple(line)


# By run: the last tip looked at, with what was found. A branch grows, so mostly little is new.
_LAST: dict[tuple[str, str], tuple[str, frozenset[str], str | None]] = {}


@functools.lru_cache(maxsize=64)
def _grown(objects: pygit2.Repository, run: str, tip: str) -> tuple[frozenset[str], str | None]:
    key = (objects.path, run)
    known_tip, known, foreign = _LAST.get(key, ("", frozenset(), None))
    found: set[str] = set()
    for commit in _first_parents(objects, tip):
        name = str(commit.id)
        if name == known_tip:
            found |= known
            break
        if not _is_of_run(commit, run):
            foreign = name
            break
        found.add(name)
    else:
        foreign = None
    _LAST[key] = (tip, frozenset(found), foreign)
    return frozenset(found), foreign


@functools.lru_cache(maxsize=65536)
def _step(objects: pygit2.Repository, run: str, oid: str) -> tuple[str | None, bool]:
    """(the first parent that is here, whether the commit is the run's)."""
    commit = objects[oid].peel(pygit2.Commit)
    there = commit.parent_ids and commit.parent_ids[0] in objects
    return str(commit.parent_ids[0]) if there else None, _is_of_run(commit, run)


def _first_parents(objects: pygit2.Repository, tip: str) -> Iterator[pygit2.Commit]:
    commit = objects[tip].peel(pygit2.Commit)
    while True:
        yield commit
        if not commit.parent_ids or commit.parent_ids[0] not in objects:
            return
        commit = objects[commit.parent_ids[0]].peel(pygit2.Commit)


def _is_of_run(commit: pygit2.Commit, run: str) -> bool:
    last = commit.message.rstrip().rpartition("\n\n")[2]
    return re.search(rf"^Run-Id:\s*{re.escape(run)}\s*$", last, re.MULTILINE | re.IGNORECASE) is not None
