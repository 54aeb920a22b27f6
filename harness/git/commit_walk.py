"""Walking a history: its commits with what each changed, read from the object store alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pygit2
from pygit2.enums import SortMode

from harness.git.repository import Repository
from harness.git.tree_difference import TreeReader, changed_files

MOST_CHANGES = 2_000
"""Of a commit that touches more files only so many are told."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file a commit touched. None: it didn't exist before, or doesn't any more."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class WalkedCommit:
    """A commit that isn't a merge, and the files it touched; symlinks and submodules are left out.

    `time` is the committer's, in seconds since 1970. Bytes of paths and messages that aren't UTF-8 are
    shown escaped or replaced.
    """

    oid: str
    tree: str
    message: str
    time: int
    changes: tuple[FileChange, ...]


def walk_commits(user: Repository, newest: str, after: str | None = None) -> Iterator[WalkedCommit | None]:
    """The commits `newest` has and `after` hasn't, newest first, merges left out.

    None stands for a commit whose objects aren't all here, as in a shallow or partial clone, or whose
    trees are too many to be read.
    """
    objects = user.objects
    trees = TreeReader(objects)
    walker = objects.walk(pygit2.Oid(hex=newest), SortMode.TOPOLOGICAL | SortMode.TIME)
    cut = cut_commits(user)
    if after is not None:
        walker.hide(pygit2.Oid(hex=after))
    while True:
        try:
            commit = next(walker)
        except StopIteration:
            return
        except (KeyError, pygit2.GitError):  # the history ends here without saying so
            yield None
            return
        if str(commit.id) in cut:
            yield None
        elif len(commit.parent_ids) < 2:
            yield _walked(commit, trees)


def cut_commits(user: Repository) -> frozenset[str]:
    """Where a shallow clone ends: commits whose parents aren't here, which look like first commits."""
    shallow = user.common_dir / "shallow"
    return frozenset(shallow.read_text("ascii").split()) if shallow.is_file() else frozenset()


def _walked(commit: pygit2.Commit, trees: TreeReader) -> WalkedCommit | None:
    try:
        parent = str(commit.parents[0].tree_id) if commit.parent_ids else None
        found = tuple(changed_files(trees, parent, str(commit.tree_id), MOST_CHANGES))
    except (KeyError, ValueError, pygit2.GitError):
        return None
    return WalkedCommit(
        oid=str(commit.id),
        tree=str(commit.tree_id),
        message=commit.raw_message.decode("utf-8", "replace"),
        time=commit.commit_time,
        changes=tuple(FileChange(*change) for change in found),
    )


@dataclass(frozen=True, slots=True)
class EditedBytes:
    """What an edit comes to, in bytes and hunks; unchanged lines beside the edits are `context`."""

    hunks: int
    context: int
    removed: int
    added: int


class HistoryBlobs:
    """Contents of a history's files: sizes without reading, text, and edits between two versions."""

    def __init__(self, user: Repository) -> None:
        self._objects = user.objects
        self._last: tuple[str, pygit2.Blob | None] = ("", None)

    def size(self, oid: str) -> int | None:
        """Bytes of a blob; None where it isn't here."""
        try:
            return int(self._objects.odb.read_header(pygit2.Oid(hex=oid))[1])
        except (KeyError, pygit2.GitError):
            return None

    def text(self, oid: str) -> bytes | None:
        """The content of a text; None for a binary file, by git's own test, or one that isn't here."""
        blob = self._blob(oid)
        return None if blob is None or blob.is_binary else blob.data

    def is_binary(self, oid: str) -> bool:
        """Whether a blob is binary, by git's own test; one that isn't here counts as binary."""
        blob = self._blob(oid)
        return blob is None or blob.is_binary

    def edit(self, old: str, new: str) -> EditedBytes | None:
        """The edit between two texts, with one line of context; None where one isn't a text."""
        before, after = self._blob(old), self._blob(new)
        if before is None or after is None or before.is_binary or after.is_binary:
            return None
        patch = before.diff(after, context_lines=1)  # type: ignore[call-arg]
        sizes, hunks = {b" ": 0, b"-": 0, b"+": 0}, 0
        for line in patch.data.split(b"\n")[4:]:
            if line[:1] in sizes:
                sizes[line[:1]] += len(line)
            hunks += line.startswith(b"@@")
        return EditedBytes(hunks, sizes[b" "], sizes[b"-"], sizes[b"+"])

    def _blob(self, oid: str) -> pygit2.Blob | None:
        if self._last[0] != oid:  # a file is looked at several times in a row
            self._last = (oid, self._read(oid))
        return self._last[1]

    def _read(self, oid: str) -> pygit2.Blob | None:
        try:
            found = self._objects[oid]
        except (KeyError, pygit2.GitError):
            return None
        return found if isinstance(found, pygit2.Blob) else None
