"""git's own word on a patch: a private index, `git apply --cached`, the tree it gives."""

from __future__ import annotations

import os
from dataclasses import dataclass

from harness.git.private import PrivateRepository


@dataclass(frozen=True, slots=True)
class PatchedPath:
    """One file of a patch as git read it: its new path (or what it deletes), and the lines of its hunks.

    Counts are None for binary data.
    """

    path: str
    added: int | None
    removed: int | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What git made of a patch: a tree, or its reasons for refusing it (for people, never parsed).

    `read` are the files that git found in the patch.
    """

    tree: str | None
    words: tuple[str, ...] = ()
    read: tuple[PatchedPath, ...] = ()


def apply_patch(private: PrivateRepository, start: str, patch: bytes) -> Applied:
    """Apply `patch` to the tree `start`, all or nothing, touching no worktree and no ref."""
    index = private.folder / f"candidate-{os.urandom(4).hex()}.index"
    environment = {
        "GIT_INDEX_FILE": str(index),
        # git refuses to update refs in a quarantine.
        "GIT_QUARANTINE_PATH": str(private.git_dir / "objects"),
    }
    try:
        private.git("read-tree", start, environment=environment)
        command = ("apply", "--cached", "--numstat", "-z", "--apply", "-")
        applied = private.git.run(*command, stdin=patch, environment=environment)
        if applied.status != 0:
            return Applied(None, tuple(applied.stderr.strip().splitlines()))
        tree = private.git("write-tree", environment=environment).text
        return Applied(tree, read=_read(applied.stdout))
    finally:
        index.unlink(missing_ok=True)


def patch_paths(private: PrivateRepository, patch: bytes) -> frozenset[str]:
    """The paths git reads as a patch's targets, even unsafe ones; empty where it can't read the patch."""
    output = private.git.run("apply", "--numstat", "-z", "-", stdin=patch)
    return frozenset(file.path for file in _read(output.stdout)) if output.status == 0 else frozenset()


def _read(numstat: bytes) -> tuple[PatchedPath, ...]:
    """The records of `--numstat -z`: counts, or `-` for binary data, and a path as it is."""
    fields = (record.split(b"\t", 2) for record in numstat.split(b"\0")[:-1])
    return tuple(
        PatchedPath(path.decode("utf-8", "surrogateescape"), _count(added), _count(removed))
        for added, removed, path in fields
    )


def _count(field: bytes) -> int | None:
    return None if field == b"-" else int(field)
