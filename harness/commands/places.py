"""Where a path leads: inside the worktree, into the repository itself, or elsewhere."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from harness.commands.model import Refusal
from harness.commands.shell.words import is_literal, shown

if TYPE_CHECKING:
    from harness.commands.scene import Folder, Scene

MAX_COMPONENTS = 200
MAX_FOLDERS = 16
MAX_NAME = 255
_GLOB = re.compile(r"[*?\[]")
_DEVICES = re.compile(r"/dev/(null|stdout|stderr|stdin|tty|zero|u?random|full|fd/[\d\x01]+)")
TEMPORARY = ("tmp",)


class Place(Enum):
    """Where a path is. A path with several readings has the worst of them."""

    INSIDE = "inside"
    TEMPORARY = "temporary"
    DEVICE = "device"
    ROOT = "root"
    OUTSIDE = "outside"
    REPOSITORY = "repository"
    UNKNOWN = "unknown"


_WORST = list(Place)


def locate(path: str, scene: Scene) -> Place:
    """Where `path` is, from every folder that the command may run in."""
    if _DEVICES.fullmatch(path):
        return Place.DEVICE
    if not is_literal(path):
        return Place.UNKNOWN
    if path.startswith("~") or not path:
        return Place.OUTSIDE
    workdir = scene.context.workdir.rstrip("/")
    if workdir and (path + "/").startswith(workdir + "/"):
        return _in_tree((), path[len(workdir) :].lstrip("/"))
    if path.startswith("/"):
        return _absolute(path)
    return max((_from(folder, path) for folder in scene.folders), key=_WORST.index)


def _from(folder: Folder | None, path: str) -> Place:
    return Place.OUTSIDE if folder is None else _in_tree(folder, path)


def _absolute(path: str) -> Place:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if any(names_repository(part) for part in parts):
        return Place.REPOSITORY
    temporary = tuple(parts[:1]) == TEMPORARY and len(parts) > 1 and ".." not in parts
    return Place.TEMPORARY if temporary and not _GLOB.search(parts[1]) else Place.OUTSIDE


def _in_tree(folder: Folder, path: str) -> Place:
    made = normalised(folder, path)
    if made is None:
        return Place.OUTSIDE
    if any(names_repository(part) for part in made):
        return Place.REPOSITORY
    return Place.INSIDE if made else Place.ROOT


def normalised(folder: Folder, path: str) -> Folder | None:
    """`path` as components from the root of the worktree; None where it leaves the worktree on the way."""
    made = list(folder)
    parts = path.split("/")
    if len(parts) > MAX_COMPONENTS:
        return None
    for part in parts:
        if part == "..":
            if not made:
                return None
            made.pop()
        elif part not in ("", "."):
            made.append(part)
    return tuple(made)


def names_repository(part: str) -> bool:
    """Whether a component is `.git` on some file system, or a pattern that a shell may make it of."""
    folded = part.casefold().rstrip(". ")
    if folded in (".git", "git~1") or folded.startswith(".git:"):
        return True
    if len(part) > MAX_NAME:
        return True
    return bool(part.startswith(".") and _GLOB.search(part) and fnmatch.fnmatchcase(".git", part))


def enter(scene: Scene, folder: str) -> frozenset[Folder | None]:
    """The folders that a change to `folder` may lead to."""
    place = locate(folder, scene)
    if place not in (Place.INSIDE, Place.ROOT) or _GLOB.search(folder):
        return frozenset({(".git",)}) if place is Place.REPOSITORY else frozenset({None})
    workdir = scene.context.workdir.rstrip("/")
    if folder.startswith("/"):
        return frozenset({normalised((), folder[len(workdir) :])})
    return frozenset(normalised(start, folder) for start in scene.folders if start is not None)


def within(scene: Scene, folder: str) -> Scene:
    """The scene after a change to `folder`, which may have failed."""
    folders = scene.folders | enter(scene, folder)
    return replace(scene, folders=folders if len(folders) <= MAX_FOLDERS else frozenset({None}))


def entered(scene: Scene, folder: str) -> Scene:
    """The scene after a change to `folder` that didn't fail."""
    return replace(scene, folders=enter(scene, folder))


def is_glob(path: str) -> bool:
    return bool(_GLOB.search(path))


# What writing into the repository does, by what the path goes on with behind `.git/`.
_REPOSITORY_EFFECTS = (
    (r"hooks\b", "disables-guard", "the hooks"),
    (r"(config|info|modules)\b", "changes-config", "the configuration"),
    (r"(refs|heads|packed-refs|head|orig_head|logs)\b", "moves-refs", "the references"),
)


def refuse_write(path: str, scene: Scene) -> Refusal | None:
    """Why a command may not write to `path`; None where it may."""
    place = locate(path, scene)
    if place in (Place.INSIDE, Place.TEMPORARY, Place.DEVICE):
        return None
    if place is Place.REPOSITORY:
        return repository_refusal(path)
    if place is Place.UNKNOWN:
        return Refusal("unparsable", f"it writes to {shown(path)!r}, which can't be known", _NAME_IT)
    what = "the worktree itself" if place is Place.ROOT else "what is outside the worktree"
    return Refusal("outside-worktree", f"it writes to {path!r}: {what}", _INSIDE)


def refuse_writes(paths: Iterable[str], scene: Scene) -> Iterator[Refusal]:
    """Why a command may not write to these paths."""
    for path in paths:
        refusal = refuse_write(path, scene)
        if refusal:
            yield refusal


def refuse_placing(paths: Iterable[str], scene: Scene) -> Iterator[Refusal]:
    """Why nothing may be put into these folders; the worktree itself and /tmp are folders like others."""
    for path in paths:
        if locate(path, scene) is not Place.ROOT and path.rstrip("/") != "/tmp":
            yield from refuse_writes([path], scene)


def repository_refusal(path: str) -> Refusal:
    """Why nothing may be written or deleted in the repository's own folder."""
    rest = path.casefold().rpartition(".git/")[2]
    for pattern, effect, what in _REPOSITORY_EFFECTS:
        if re.match(pattern, rest):
            return Refusal(effect, f"it changes {what} of the repository: {path!r}", _BY_GIT)
    return Refusal("drops-commits", f"it changes the repository's own files: {path!r}", _BY_GIT)


_NAME_IT = "write the path out, relative to the worktree's root"
_INSIDE = "keep to paths inside the worktree, written relative to its root"
_BY_GIT = "let git change its own files; `git status` says what it would do next"
