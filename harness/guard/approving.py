"""What is staged below some paths and refused, to be approved by a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.errors import UsageError
from harness.guard.difference import Change
from harness.guard.judging import judge
from harness.guard.objects import Objects
from harness.guard.staged import StagedChanges
from harness.policy.approvable import NEVER_APPROVABLE


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A staged change, and the codes the guard refuses it with."""

    change: Change
    codes: tuple[str, ...]


def refused_changes(named: Sequence[Sequence[str]]) -> list[RefusedChange]:
    """The staged changes of what is `named` that the guard refuses and people can approve.

    Each is a path relative to the root, in the ways it can be read: the first that has changes counts. It
    stands for itself and everything below it. UsageError `nothing-to-approve` where none has any.
    """
    objects = Objects()
    scene = StagedChanges(objects).scene()
    codes: dict[str, list[str]] = {}
    for violation in judge(scene, scene.policies(objects), objects):
        if violation.path is not None and violation.code not in NEVER_APPROVABLE:
            codes.setdefault(violation.path, []).append(violation.code)
    objects.close()
    changes = [change for group in scene.groups for change in group if change.path in codes]
    paths = [_path_with_changes(readings, changes) for readings in named]
    wanted = [change for change in changes if any(_covers(path, change.path) for path in paths)]
    return [RefusedChange(change, tuple(dict.fromkeys(codes[change.path]))) for change in wanted]


def _path_with_changes(readings: Sequence[str], changes: Sequence[Change]) -> str:
    for path in readings:
        if any(_covers(path, change.path) for change in changes):
            return path
    raise UsageError(
        "nothing-to-approve",
        f"nothing is staged at {readings[0]} that the guard refuses and a person can approve",
        "stage the change first, and see `harness guard`",
    )


def _covers(path: str, changed: str) -> bool:
    return changed == path or changed.startswith(path.rstrip("/") + "/")


def paths_of(refused: Iterable[RefusedChange]) -> tuple[str, ...]:
    """The paths of changes, each once."""
    return tuple(dict.fromkeys(one.change.path for one in refused))
