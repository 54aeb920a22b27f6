"""Which files two trees differ in, with bounds that hold for trees made to explode."""

from __future__ import annotations

from collections.abc import Iterator

import pygit2

_FILES = (b"100644", b"100755", b"100664")
_FOLDER = b"40000"
_DEEPEST = 200
_MOST_TREES = 5_000
_LARGEST_TREE = 8 * 1024 * 1024
_KEPT_ENTRIES = 500_000

Entries = dict[bytes, tuple[bytes, str]]
"""Of one folder: mode and object id by name."""


class TreeReader:
    """Folders of a repository, the last ones read kept: a commit shares most of them with its parent."""

    def __init__(self, objects: pygit2.Repository) -> None:
        self._objects = objects
        self._kept: dict[str, Entries] = {}
        self._count = 0

    def entries(self, oid: str) -> Entries:
        """The entries of a tree; KeyError where it isn't here or is absurdly large."""
        found = self._kept.get(oid)
        if found is None:
            found = dict(_parsed(self._raw(oid)))
            if self._count > _KEPT_ENTRIES:
                self._kept.clear()
                self._count = 0
            self._kept[oid] = found
            self._count += len(found)
        return found

    def _raw(self, oid: str) -> bytes:
        name = pygit2.Oid(hex=oid)
        if self._objects.odb.read_header(name)[1] > _LARGEST_TREE:
            raise KeyError(oid)
        return bytes(self._objects.odb.read(name)[1])


def changed_files(
    reader: TreeReader, old: str | None, new: str, most: int
) -> Iterator[tuple[str, str | None, str | None]]:
    """(path, old blob, new blob) of the first `most` regular files that differ in content, by path.

    Symlinks and submodules count as absent. KeyError where a tree isn't here, ValueError where too many
    folders differ, or too deep ones.
    """
    told = trees = 0
    waiting: list[tuple[bytes, str | None, str | None, int]] = [(b"", old, new, 0)]
    while waiting:
        prefix, before, after, depth = waiting.pop()
        trees += 1
        if trees > _MOST_TREES or depth > _DEEPEST:
            raise ValueError("too many folders, or too deep ones")
        folders = []
        for name, one, other in _differing(reader, before, after):
            path = prefix + name
            files = _blob(one), _blob(other)
            if files[0] != files[1]:
                told += 1
                yield path.decode("utf-8", "backslashreplace"), *files
                if told >= most:
                    return
            below = _folder(one), _folder(other)
            if below[0] != below[1]:
                folders.append((path + b"/", *below, depth + 1))
        waiting += reversed(folders)


Entry = tuple[bytes, str] | None


def _differing(
    reader: TreeReader, before: str | None, after: str | None
) -> Iterator[tuple[bytes, Entry, Entry]]:
    old = reader.entries(before) if before else {}
    new = reader.entries(after) if after else {}
    for name in sorted({name for name, _ in old.items() ^ new.items()}):
        yield name, old.get(name), new.get(name)


def _blob(entry: Entry) -> str | None:
    return entry[1] if entry and entry[0] in _FILES else None


def _folder(entry: Entry) -> str | None:
    return entry[1] if entry and entry[0] == _FOLDER else None


def _parsed(raw: bytes) -> Iterator[tuple[bytes, tuple[bytes, str]]]:
    """Entries of a tree object: mode, blank, name, NUL, twenty bytes of object id."""
    start = 0
    while start < len(raw):
        blank = raw.index(b" ", start)
        end = raw.index(b"\0", blank)
        yield raw[blank + 1 : end], (raw[start:blank], raw[end + 1 : end + 21].hex())
        start = end + 21
