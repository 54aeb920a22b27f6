"""New names: paths that are no plain file names everywhere, and pairs some file system takes for one.

What already has such a name may be changed; it is too late to refuse it.
"""

from __future__ import annotations

from harness.guard.git_process import GitProcess
from harness.guard.violation import Violation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from harness.guard.objects import Objects
    from harness.guard.scene import Scene
    from harness.policy.model import TreeChange

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/+@=,()[] ")
# The first three letters of the names Windows keeps for devices.
_DEVICES = frozenset({"con", "prn", "aux", "nul", "com", "lpt", "clo"})
_SURELY_SHORT, _SURELY_FLAT = 200, 30


def check_new_names(scene: Scene, objects: Objects) -> list[Violation]:
    """Violations of the rules on paths, as `harness.policy.path_safety` finds them in new paths."""
    added = [group[0].path for group in scene.groups if all(change.is_added for change in group)]
    if not added:
        return []
    # The target may have got names since that the changes will stand beside.
    around = dict.fromkeys([*scene.bases[:1], *filter(None, [scene.target])])
    beside = [name for commit in around for name in _beside(added, commit, objects)]
    if all(map(is_plain, added)) and not _may_collide(added, beside):
        return []
    return _judged(scene, beside, list(around))


def is_plain(path: str) -> bool:
    """Whether a path is surely safe; one that isn't plain may be safe, too."""
    parts = path.lower().split("/")
    return (
        _PLAIN.issuperset(path)
        and len(path) <= _SURELY_SHORT
        and len(parts) <= _SURELY_FLAT
        and not any(_is_odd(part) for part in parts)
    )


def _is_odd(part: str) -> bool:
    return part in ("", ".git") or part[-1] in ". " or part[:3] in _DEVICES


def _beside(added: Iterable[str], base: str, objects: Objects) -> list[str]:
    """Every file and folder of the base that stands in a folder on the way to one of the paths."""
    folders = {""}
    for path in added:
        parts = path.split("/")[:-1]
        folders.update("/".join(parts[: count + 1]) for count in range(len(parts)))
    return [
        f"{folder}/{name}" if folder else name
        for folder in sorted(folders)
        for name in objects.names(base, folder)
    ]


def _may_collide(added: Iterable[str], beside: Iterable[str]) -> bool:
    """Whether two names could be one once case is ignored; only for added paths that are plain."""
    known: dict[str, str] = {}
    for path in beside:
        if path.isascii():
            known[path.lower()] = path
        else:
            return True
    for path in added:
        parts = path.split("/")
        for count in range(1, len(parts) + 1):
            name = "/".join(parts[:count])
            if known.setdefault(name.lower(), name) != name:
                return True
    return False


def _judged(scene: Scene, beside: list[str], around: list[str]) -> list[Violation]:
    from harness.policy.model import TreeChange
    from harness.policy.path_safety import check_paths, left_folders

    firsts = [
        group[0]
        for group in scene.groups
        if group[0].new_oid is None or all(change.is_added for change in group)
    ]
    changes = [
        TreeChange(
            change.path,
            change.status,  # type: ignore[arg-type]
            change.old_mode,
            change.new_mode,
            change.old_oid,
            change.new_oid,
        )
        for change in firsts
    ]
    emptied = _emptied(left_folders(changes).intersection(beside), changes, around)
    there = [path for path in beside if path not in emptied]
    return [
        Violation(found.code, found.path, found.message, found.hint) for found in check_paths(changes, there)
    ]


def _emptied(folders: Collection[str], changes: Sequence[TreeChange], around: Iterable[str]) -> set[str]:
    """Those of some folders in which nothing of the commits `around` is left, and nothing is new."""
    if not folders:
        return set()
    removed = {change.path for change in changes if change.new_oid is None}
    left = [change.path for change in changes if change.new_oid is not None]
    for commit in around:
        output = GitProcess("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit).require()
        there = output.decode("utf-8", "surrogateescape").split("\0")
        left += [path for path in there if path not in removed]
    parts = (path.split("/") for path in left)
    return set(folders).difference("/".join(names[:n]) for names in parts for n in range(1, len(names)))
