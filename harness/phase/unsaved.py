"""What would be lost with the workspace of a dead attempt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from harness.errors import HarnessError
from harness.git.command import Git
from harness.git.ledger import ledger_phases
from harness.git.private import PrivateRepository, Worktree
from harness.git.repository import Repository
from harness.git.special_files import pipes_for_git, pipes_in_repository
from harness.phase.history import read_history
from harness.process.regular_file import read_regular
from harness.scratch import scratch_folder
from harness.state import plain_name

# Worktrees that somebody edits; in those of tests there is nothing but what tests leave.
_EDITED = ("agent", "fix")
_HEAD_LIMIT = 64 * 1024  # bytes


def unsaved_work(user: Repository, folder: Path) -> str:
    """Why a workspace holds what is nowhere else, "" where it doesn't; what can't be read counts, too."""
    for name in _EDITED:
        home = folder / name
        try:
            reason = _unpinned(user, home / "repo.git") or _unrecorded(user, folder, name)
        except (HarnessError, OSError) as error:
            reason = f"it can't be read: {error}"
        if reason:
            return f"{reason}; see {home}, and delete {folder} by hand when it isn't needed"
    return ""


def _unpinned(user: Repository, git_dir: Path) -> str:
    """Why the commits made in a worktree's own repository would go."""
    if not git_dir.is_dir():
        return ""
    for pipe in pipes_in_repository(git_dir):
        return f"git would wait for the pipe {pipe.name}"
    for commit in sorted(set(_tips(git_dir))):
        if commit not in user.objects:
            return f"commit {commit[:12]} was made there and is nowhere else"
        if user.git("rev-list", "-1", commit, "--not", "--all").text:
            return f"commit {commit[:12]} is kept by no ref"
    return ""


def _tips(git_dir: Path) -> Iterator[str]:
    yield from Git(git_dir)("for-each-ref", "--format=%(objectname)").text.split()
    for head in git_dir.glob("worktrees/*/HEAD"):
        text = read_regular(head, _HEAD_LIMIT).decode("ascii", "replace").strip()
        if re.fullmatch(r"[0-9a-f]{40}", text):
            yield text


def _unrecorded(user: Repository, folder: Path, name: str) -> str:
    """Why the files of a worktree would go: they were changed, and no ledger has the result."""
    path, index = folder / name / plain_name(user.root.name), folder / f"{name}.index"
    if not path.is_dir():
        return ""
    if not index.is_file():
        return "nothing tells what was changed there"
    for pipe in pipes_for_git(path):
        return f"git would wait for the pipe {pipe}"
    with scratch_folder() as scratch:
        # A repository of our own: the one that belongs to the worktree could have been tampered with.
        private = PrivateRepository(scratch, user)
        changed = _changed(private, path, index)
        if not changed:
            return ""
        tree = private.snapshot(Worktree(path, index))
    if tree in _recorded_trees(user, folder.parent.name):
        return ""
    shown = ", ".join(changed[:3]) + (", …" if len(changed) > 3 else "")
    return f"{len(changed)} changed files were not recorded ({shown})"


def _changed(private: PrivateRepository, path: Path, index: Path) -> list[str]:
    git = Git(private.git_dir, path)
    listed = git(
        "ls-files", "-z", "--modified", "--others", "--deleted", "--exclude-standard",
        environment={"GIT_INDEX_FILE": str(index)},
    )  # fmt: skip
    return sorted(set(listed.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]))


def _recorded_trees(user: Repository, run: str) -> set[str]:
    return {
        attempt.tree
        for phase in ledger_phases(user, run)
        for attempt in read_history(user, run, phase)
        if attempt.tree
    }
