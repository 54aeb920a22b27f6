"""Trees: what one holds, how two differ, and building one by touching few folders."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

import pygit2

from harness.git.command import Git
from harness.policy.model import ABSENT, TreeChange
from harness.tree_entry import Entry, NewFile

_OBJECT = re.compile(r"[0-9a-f]{40}")


class Tree:
    """A tree of a repository (or a commit's), read by path. Undecodable bytes of paths are surrogates."""

    def __init__(self, repository: pygit2.Repository, oid: str) -> None:
        self._repository = repository
        self._root: pygit2.Tree = repository[oid].peel(pygit2.Tree)
        self.oid = str(self._root.id)
        # git's library forgets large folders at once and would read them again for every path in them.
        self._folders: dict[str, pygit2.Tree] = {"": self._root}

    def entry(self, path: str) -> Entry | None:
        """Mode and id of the file, symlink or gitlink at `path`; None for a folder or nothing."""
        found = self._find(path)
        if found is None or isinstance(found, pygit2.Tree):
            return None
        return Entry(f"{found.filemode:06o}", str(found.id))

    def content(self, path: str) -> bytes:
        """The bytes of the blob at `path`; KeyError where there is none."""
        found = self._find(path)
        if not isinstance(found, pygit2.Blob):
            raise KeyError(path)
        return found.data

    def is_folder(self, path: str) -> bool:
        return isinstance(self._find(path), pygit2.Tree)

    def names(self, folder: str) -> list[str]:
        """The names in a folder ("" is the root); none where there is no such folder."""
        found = self._find(folder) if folder else self._root
        return [str(item.name) for item in found] if isinstance(found, pygit2.Tree) else []

    def beside(self, paths: Iterable[str]) -> set[str]:
        """Every file and folder that stands in a folder on the way to one of `paths`."""
        folders = {""}
        for path in paths:
            parts = path.split("/")[:-1]
            folders.update("/".join(parts[: i + 1]) for i in range(len(parts)))
        return {f"{folder}/{name}" if folder else name for folder in folders for name in self.names(folder)}

    def _find(self, path: str) -> pygit2.Object | None:
        folder, _, name = path.rpartition("/")
        return _child(self._folder(folder), name)

    def _folder(self, path: str) -> pygit2.Tree | None:
        """The folder at a path ("" is the root), kept once it was read."""
        if path in self._folders:
            return self._folders[path]
        tree, walked = self._root, ""
        for name in path.split("/"):
            walked = f"{walked}/{name}" if walked else name
            below = self._folders.get(walked) or _child(tree, name)
            if not isinstance(below, pygit2.Tree):
                return None
            tree = self._folders[walked] = below
        return tree


class Blobs:
    """The blobs of a repository by full object id; KeyError for what it doesn't have."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository

    def size(self, oid: str) -> int:
        """Bytes of a blob, found without reading it."""
        header = self._repository.odb.read_header(pygit2.Oid(hex=oid))
        return int(header[1])

    def read(self, oid: str) -> bytes:
        """The bytes of a blob."""
        return bytes(self._repository[oid].peel(pygit2.Blob).data)


def _child(tree: pygit2.Tree | None, name: str) -> pygit2.Object | None:
    try:
        return None if tree is None else tree[name]
    except (KeyError, ValueError):
        return None


def tree_changes(git: Git, old: str, new: str) -> tuple[TreeChange, ...]:
    """The raw difference of two trees (or commits): both sides, modes, symlinks and gitlinks; renames off."""
    if _OBJECT.fullmatch(old) and _OBJECT.fullmatch(new):
        return _fixed_changes(git, old, new)
    return _changes(git, old, new)


@functools.lru_cache(maxsize=8)
def _fixed_changes(git: Git, old: str, new: str) -> tuple[TreeChange, ...]:
    """Of what has a full id: nothing can change it, and several rules ask for the same one after another."""
    return _changes(git, old, new)


def _changes(git: Git, old: str, new: str) -> tuple[TreeChange, ...]:
    output = git(
        "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none",
        "--no-ext-diff", "--no-textconv", old, new, "--",
    )  # fmt: skip
    fields = output.stdout.split(b"\0")[:-1]
    return tuple(_change(fields[i], fields[i + 1]) for i in range(0, len(fields) - 1, 2))


def _change(record: bytes, path: bytes) -> TreeChange:
    old_mode, new_mode, old_oid, new_oid, status = record.decode("ascii").lstrip(":").split(" ")
    return TreeChange(
        path=path.decode("utf-8", "surrogateescape"),
        status=status[0],  # type: ignore[arg-type]
        old_mode=old_mode,
        new_mode=new_mode,
        old_oid=None if old_mode == ABSENT else old_oid,
        new_oid=None if new_mode == ABSENT else new_oid,
    )


def write_tree(repository: pygit2.Repository, start: str, files: Mapping[str, NewFile | Entry | None]) -> str:
    """The tree that `files` make of the tree `start`: new content, a known entry, or None for deleted."""
    root: dict[str, object] = {}
    # What goes makes room first: a file may stand where a folder was, and the other way round.
    for path, file in sorted(files.items(), key=lambda item: item[1] is not None):
        *folders, name = path.split("/")
        node = root
        for folder in folders:
            below = node.get(folder)
            if not isinstance(below, dict):
                below = node[folder] = {}
            node = below
        node[name] = file
    base = repository[start].peel(pygit2.Tree)
    oid = _write_folder(repository, base, root)
    return str(oid or repository.TreeBuilder().write())


def _write_folder(
    repository: pygit2.Repository, base: pygit2.Tree | None, children: dict[str, object]
) -> pygit2.Oid | None:
    """One folder rewritten; None when nothing is left in it."""
    builder = repository.TreeBuilder(base) if base is not None else repository.TreeBuilder()
    for name, child in children.items():
        old = base[name] if base is not None and name in base else None
        if isinstance(child, dict):
            below = _write_folder(repository, old if isinstance(old, pygit2.Tree) else None, child)
            _put(builder, name, below, pygit2.enums.FileMode.TREE)
        elif isinstance(child, NewFile):
            blob = repository.create_blob(child.content)
            _put(builder, name, blob, pygit2.enums.FileMode(int(child.mode, 8)))
        elif isinstance(child, Entry):
            _put(builder, name, pygit2.Oid(hex=child.oid), pygit2.enums.FileMode(int(child.mode, 8)))
        else:
            _put(builder, name, None, pygit2.enums.FileMode.BLOB)
    return builder.write() if len(builder) else None


def _put(builder: pygit2.TreeBuilder, name: str, oid: pygit2.Oid | None, mode: pygit2.enums.FileMode) -> None:
    if oid is not None:
        builder.insert(name, oid, mode)
    elif builder.get(name) is not None:
        builder.remove(name)
