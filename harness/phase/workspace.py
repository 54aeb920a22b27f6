"""The throwaway folder of one attempt: its private repository, its worktrees, its scratch files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.git.free_locks import hold_abandoned
from harness.git.locks import hold
from harness.git.private import PrivateRepository
from harness.git.repository import Repository
from harness.removal import remove_folder
from harness.state import make_state_folder, plain_name, state_directory


@dataclass(frozen=True, slots=True)
class Workspace:
    """`folder` holds everything of the attempt; `owner` is the reason its worktrees are locked with."""

    folder: Path
    private: PrivateRepository
    owner: str

    def scratch(self, name: str) -> Path:
        """A fresh folder for files that belong to no worktree."""
        path = self.folder / "scratch" / name
        path.mkdir(parents=True)
        return path

    def entries(self) -> frozenset[Path]:
        """What is in the folder, and among its scratch folders, now."""
        return frozenset({*self.folder.iterdir(), *(self.folder / "scratch").glob("*")})

    def remove_but(self, known: frozenset[Path]) -> None:
        """Remove what came since, so that it can be made again."""
        for path in self.entries() - known - {self.folder / "scratch"}:
            if path.is_dir() and not path.is_symlink():
                remove_folder(path)
            else:
                path.unlink(missing_ok=True)


def repository_state(user: Repository) -> Path:
    """Where everything about one repository is kept outside it."""
    digest = hashlib.sha256(os.fsencode(user.common_dir)).hexdigest()[:12]
    return state_directory() / "repositories" / f"{plain_name(user.root.name)}-{digest}"


@contextlib.contextmanager
def attempt_workspace(
    user: Repository, run: str, name: str, tell: Callable[[str], None] | None = None
) -> Iterator[Workspace]:
    """A workspace that is gone when the block ends; after a kill, `reap` removes it.

    `tell` is told of what takes long in it.
    """
    parent = repository_state(user) / "worktrees" / run
    make_state_folder(parent)
    folder = parent / f"{name}-{os.urandom(3).hex()}"
    lock = folder.with_suffix(folder.suffix + ".lock")
    with hold(lock):
        try:
            folder.mkdir()
            owner = json.dumps({"run": run, "attempt": name, "pid": os.getpid()})
            yield Workspace(folder, PrivateRepository(folder, user, tell=tell), owner)
        finally:
            remove_folder(folder)
            lock.unlink(missing_ok=True)


def reap(user: Repository, run: str) -> int:
    """Remove the workspaces of a run whose owner is dead; call it under the run's lock. Returns how many."""
    parent = repository_state(user) / "worktrees" / run
    reaped = 0
    for lock in sorted(parent.glob("*.lock")):
        # Held while it is cleared away: its owner may be just about to begin.
        with hold_abandoned(lock) as dead:
            if dead:
                remove_folder(lock.with_suffix(""))
                lock.unlink(missing_ok=True)
                reaped += 1
    return reaped
