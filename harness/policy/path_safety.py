"""Paths that are no plain file names everywhere: the same rule for every front end and platform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.fold import fold
from harness.paths import PathProblem, RepoPath
from harness.policy.model import TreeChange, Violation

_HINT = "use a plain path inside the repository, like src/package/module.py"


def check_paths(changes: Sequence[TreeChange], existing: Iterable[str] = ()) -> list[Violation]:
    """Violations for unsafe paths on the new side, and for new names that only differ in case.

    `existing` are files and folders of the phase base that stand beside the new ones, less emptied folders.
    """
    new = [change.path for change in changes if change.new_oid is not None]
    return [*_unsafe(new), *_collisions(changes, existing)]


def left_folders(changes: Iterable[TreeChange]) -> set[str]:
    """Folders that something was taken out of; one that was emptied collides with nothing any more."""
    removed = (change.path for change in changes if change.new_oid is None)
    return {folder for path in removed for folder in _prefixes(path)[:-1]}


def path_violation(path: str) -> Violation | None:
    """The violation of one path, None if it is safe."""
    try:
        RepoPath.parse(path)
    except PathProblem as problem:
        return Violation(problem.code, path, str(problem), _HINT)
    return None


def _unsafe(paths: Iterable[str]) -> list[Violation]:
    return [violation for path in paths if (violation := path_violation(path))]


def _collisions(changes: Sequence[TreeChange], existing: Iterable[str]) -> list[Violation]:
    removed = {change.path for change in changes if change.new_oid is None}
    known = {path for path in existing if path not in removed}
    by_fold = {fold(path): path for path in known}
    violations = []
    for path in sorted(c.path for c in changes if c.old_oid is None and c.new_oid is not None):
        for prefix in _prefixes(path):
            other = prefix if prefix in known else by_fold.setdefault(fold(prefix), prefix)
            if other != prefix:
                violations.append(_collision(path, prefix, other))
                break
    return violations


def _prefixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]


def _collision(path: str, name: str, other: str) -> Violation:
    return Violation(
        "path-collision",
        path,
        f"{name} differs from {other} only in case or form; both can't exist on every file system",
        f"change {other} itself, or choose another name",
    )
