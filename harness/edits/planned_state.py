"""The tree as operations leave it one after the other: the start tree, and what they changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from harness.tree_entry import Entry, NewFile

REGULAR = "100644"
EXECUTABLE = "100755"
GITLINK = "160000"
_FOLDER = "040000"


class TreeReader(Protocol):
    """A tree to read from. Paths are relative to its root; `entry` is None for folders too.

    `names` are those of the files and folders right in a folder ("" is the root), none where there is none.
    """

    def entry(self, path: str) -> Entry | None: ...

    def content(self, path: str) -> bytes: ...

    def is_folder(self, path: str) -> bool: ...

    def names(self, folder: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file as it stands now. `origin` is the blob it started as, None if it was made anew.

    `content` None is that of the start tree's `source`, read once it is needed.
    """

    mode: str
    origin: str | None
    content: bytes | None
    source: str = ""

    @property
    def is_regular(self) -> bool:
        """Whether it is a plain file, neither a link nor a submodule."""
        return self.mode in {REGULAR, EXECUTABLE}


class PlannedState:
    """Files by path; those not touched yet come from the start tree."""

    def __init__(self, start: TreeReader) -> None:
        self._start = start
        self._touched: dict[str, PlannedFile | None] = {}
        self._folders: Counter[str] = Counter()
        # Folders of the start tree that something was touched in: only these can be empty now.
        self._disturbed: set[str] = set()

    def file(self, path: str) -> PlannedFile | None:
        """The file at a path, None where there is none (a folder is none)."""
        if path in self._touched:
            return self._touched[path]
        entry = self._start.entry(path)
        if entry is None or entry.mode == _FOLDER:
            return None
        return PlannedFile(entry.mode, entry.oid, None, path)

    def content(self, file: PlannedFile) -> bytes:
        """What a file holds now."""
        return self._start.content(file.source) if file.content is None else file.content

    def is_folder(self, path: str) -> bool:
        """Whether a path is a folder: whether there is a file below it."""
        return self._folders[path] > 0 or (self._start.is_folder(path) and self._holds_more(path))

    def _holds_more(self, folder: str) -> bool:
        """Whether a folder of the start tree still has a file of its own. Stops at the first one."""
        if folder not in self._disturbed:
            return True
        below = (f"{folder}/{name}" for name in self._start.names(folder))
        untouched = (path for path in below if path not in self._touched)
        return any(not self._start.is_folder(path) or self._holds_more(path) for path in untouched)

    def was_file(self, path: str) -> bool:
        """Whether there was a file at the start."""
        return self._start.entry(path) is not None

    def names(self, folder: str) -> list[str]:
        """The names in a folder of the start tree ("" is its root)."""
        return self._start.names(folder)

    def file_above(self, path: str) -> str | None:
        """The file, link or submodule that stands where a path needs a folder."""
        return next((parent for parent in folders_of(path) if self.file(parent)), None)

    def put(self, path: str, file: PlannedFile) -> None:
        """Let a file stand at a path, in place of any other."""
        self.remove(path)
        self._touched[path] = file
        self._folders.update(folders_of(path))

    def remove(self, path: str) -> None:
        """Let no file stand at a path."""
        if self._touched.get(path) is not None:
            self._folders.subtract(folders_of(path))
        if path not in self._touched:
            self._disturbed.update(folders_of(path))
        self._touched[path] = None

    def files(self) -> dict[str, NewFile | None]:
        """Every touched path, with what stands there in the end."""
        return {
            path: None if file is None else NewFile(self.content(file), file.mode)
            for path, file in self._touched.items()
        }


def folders_of(path: str) -> list[str]:
    """The folders a path lies in, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
