"""Joining notes: what either side has, line by line, made by git in a private repository."""

from __future__ import annotations

from collections.abc import Mapping

import pygit2

from harness.errors import FaultError
from harness.git.command import split_z
from harness.git.private import PrivateRepository
from harness.git.refs import RefUpdate, move_refs, read_ref
from harness.git.repository import Identity

_OURS, _THEIRS = "refs/notes/ours", "refs/notes/theirs"


def joined_notes(private: PrivateRepository, ours: str, theirs: str, identity: Identity) -> str:
    """A notes commit that holds every line of both; `theirs` or `ours` itself where that is enough.

    Merged as if they had no history in common: a note that one side removed, or pruned, stays. Lines that
    differ are put together, sorted, each once, so that the order of merging doesn't matter.
    """
    if ours == theirs or (contains(private, theirs, ours) and not _lost(private, ours, theirs)):
        return theirs
    trees = {side: str(private.objects[side].peel(pygit2.Commit).tree_id) for side in (ours, theirs)}
    tree = _joined_tree(private, trees[ours], trees[theirs], identity)
    if tree == trees[theirs]:
        return theirs
    if tree == trees[ours] and contains(private, ours, theirs):
        return ours
    return private.commit(tree, [theirs, ours], "Notes of two clones joined\n", identity)


def _lost(private: PrivateRepository, old: str, new: str) -> bool:
    """Whether the notes of `old` have a line that those of `new`, made of them, lack."""
    before, after = _blobs(private, old), _blobs(private, new)
    changed = ((blob, after.get(annotated)) for annotated, blob in before.items())
    return any(
        left is None or _lines(private, blob) - _lines(private, left)
        for blob, left in changed
        if blob != left
    )


def _blobs(private: PrivateRepository, tip: str) -> dict[str, str]:
    """For every path of a tree of notes, as if it had no folders, its blob."""
    rows = split_z(private.git("ls-tree", "-r", "-z", "--full-tree", tip).stdout)
    return {path.replace("/", ""): head.split(" ")[2] for head, _, path in (r.partition("\t") for r in rows)}


def _lines(private: PrivateRepository, blob: str) -> set[bytes]:
    return {line.strip() for line in private.objects[blob].peel(pygit2.Blob).data.split(b"\n")} - {b""}


def contains(private: PrivateRepository, new: str, old: str) -> bool:
    """Whether the history of `new` has `old` in it."""
    return private.git.run("merge-base", "--is-ancestor", old, new).status == 0


def with_notes(
    private: PrivateRepository, tip: str | None, lines: Mapping[str, bytes], identity: Identity
) -> str | None:
    """A notes commit on top of `tip` with these lines, too, by object; `tip` itself if it has them all."""
    if not lines:
        return tip
    builder = private.objects.TreeBuilder()
    for annotated, data in lines.items():
        builder.insert(annotated, pygit2.Oid(hex=private.blob(data)), pygit2.enums.FileMode.BLOB)
    added = str(builder.write())
    empty = str(private.objects.TreeBuilder().write())
    old = str(private.objects[tip].peel(pygit2.Commit).tree_id) if tip else empty
    tree = _joined_tree(private, old, added, identity)
    return tip if tree == old else private.commit(tree, [tip] if tip else [], "Notes added\n", identity)


def _joined_tree(private: PrivateRepository, ours: str, theirs: str, identity: Identity) -> str:
    _set(private, _OURS, private.commit(ours, (), "ours\n", identity))
    _set(private, _THEIRS, private.commit(theirs, (), "theirs\n", identity))
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", identity.name), ("EMAIL", identity.email))
    }
    merge = ("notes", f"--ref={_OURS}", "merge", "-q", "-s", "cat_sort_uniq", _THEIRS)
    if private.git.run(*merge, environment=who).status != 0:
        raise FaultError("notes-unmergeable", "git can't merge these notes", "see `git fsck` on both sides")
    return private.git("rev-parse", f"{_OURS}^{{tree}}").text


def _set(private: PrivateRepository, ref: str, commit: str) -> None:
    move_refs(private.git, [RefUpdate(ref, commit, read_ref(private.git, ref))])
