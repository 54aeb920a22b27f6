"""The files of a tree as the files of a diff leave them, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from harness.edits.bare_names import GitNames
from harness.edits.diff_hunks import FilePatch
from harness.edits.diff_rewriting import changed_lines
from harness.edits.free_lines import Placed
from harness.edits.hunk_variants import lines_of
from harness.edits.planned_state import GITLINK, TreeReader
from harness.edits.rejection import Rejection
from harness.edits.text_work import Work
from harness.paths import shown

# git reads, hashes and packs a file anew for every copy made of it.
_COPY_COST = 16
_VERBS = {"delete": "delete", "modify": "change", "rename": "rename", "copy": "copy"}


class DiffTree:
    """What stands where, with the changes of the diff so far.

    A rename or a copy takes what the start tree has, whatever the diff did to it before; git has it so.
    """

    def __init__(self, start: TreeReader, files: Sequence[FilePatch], work: Work) -> None:
        self._start = start
        self._work = work
        # What the diff left at a path, None for nothing; its lines only where they are read again.
        self._left: dict[str, Sequence[str] | None] = {}
        self._read_again = _paths_read_again(files)
        self._touched: set[str] = set()

    def has_file(self, path: str) -> bool:
        if path in self._left:
            return self._left[path] is not None
        return path != "" and self._start.entry(path) is not None

    def has_folder(self, path: str) -> bool:
        return self._start.is_folder(path)

    def lines(self, file: FilePatch, names: GitNames) -> tuple[Sequence[str], int]:
        """The lines a file's hunks change, and their length; none where nothing asks for them.

        Raises `Rejection` where there is no file.
        """
        path = names.source
        if path is None:
            return [], 0
        if path in self._left and file.kind not in ("rename", "copy"):
            lines = self._left[path]
            if lines is None:
                raise Rejection("file-missing", f"`{shown(path)}` is removed earlier in the diff")
            return lines, sum(map(len, lines)) + len(lines)
        if self._start.entry(path) is None:
            if _may_be_new(file):
                return [], 0
            message = f"`{shown(path)}` does not exist, so the diff can't {_VERBS[file.kind]} it"
            raise Rejection("file-missing", message, "Check the path; a new file has `--- /dev/null`.")
        is_again = path in self._touched
        is_deleted = file.kind == "delete" and not file.binary
        is_read = bool(file.hunks) or is_deleted or self._is_read_again(file, names)
        self._touched.add(path)
        if not is_again and not is_read:
            return [], 0
        content = self._content(path)
        self._work.spend(len(content) * (_COPY_COST if is_again else 1))
        return lines_of(content.decode("latin-1")) if is_read else [], len(content)

    def leave(self, file: FilePatch, names: GitNames, lines: Sequence[str], placed: Sequence[Placed]) -> None:
        """Remember what a file of the diff makes."""
        if names.source is not None and file.kind in ("delete", "rename"):
            self._left[names.source] = None
        if names.target is not None:
            is_read = self._is_read_again(file, names)
            self._left[names.target] = changed_lines(lines, placed) if is_read else ()

    def _content(self, path: str) -> bytes:
        entry = self._start.entry(path)
        if entry is not None and entry.mode == GITLINK:
            return f"Subproject commit {entry.oid}\n".encode()
        return self._start.content(path)

    def _is_read_again(self, file: FilePatch, names: GitNames) -> bool:
        """Whether a later file of the diff changes what this one makes; of binary data it isn't known."""
        return names.target in self._read_again and not file.binary


def _may_be_new(file: FilePatch) -> bool:
    """Whether git makes a file that isn't there: a traditional header says nothing about that."""
    is_traditional = file.head[0].startswith("--- ")
    return is_traditional and file.kind == "modify" and len(file.hunks) == 1 and not file.hunks[0].old


def _paths_read_again(files: Sequence[FilePatch]) -> set[str]:
    """The paths that a file of the diff makes and a later one may change."""
    made: set[str] = set()
    again: set[str] = set()
    for file in files:
        if file.source is not None and file.kind not in ("rename", "copy"):
            again |= _readings(file, file.source) & made
        if file.target is not None:
            made |= _readings(file, file.target)
    return again


def _readings(file: FilePatch, path: str) -> set[str]:
    """A path, and what git may read instead where it lacks its prefix."""
    return {path, path.partition("/")[2]} if file.bare else {path}
