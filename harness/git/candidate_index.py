"""git's own word on a patch: a private index, `git apply --cached`, the tree it gives."""

from __future__ import annotations

import os
from dataclasses import dataclass

from harness.git.private import PrivateRepository


@dataclass(frozen=True, slots=True)
class Applied:
    """What git made of a patch: a tree, or its reasons for refusing it (for people, never parsed)."""

    tree: str | None
    words: tuple[str, ...] = ()


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
        applied = private.git.run("apply", "--cached", "-", stdin=patch, environment=environment)
        if applied.status != 0:
            return Applied(None, tuple(applied.stderr.strip().splitlines()))
        return Applied(private.git("write-tree", environment=environment).text)
    finally:
        index.unlink(missing_ok=True)


def patch_paths(private: PrivateRepository, patch: bytes) -> frozenset[str]:
    """The paths git reads as a patch's targets, even unsafe ones; empty where it can't read the patch."""
    output = private.git.run("apply", "--numstat", "-z", "-", stdin=patch)
    if output.status != 0:
        return frozenset()
    records = output.stdout.split(b"\0")[:-1]
    return frozenset(record.split(b"\t", 2)[-1].decode("utf-8", "surrogateescape") for record in records)
