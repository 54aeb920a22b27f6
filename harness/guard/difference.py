"""Git's raw difference: both sides, modes, symlinks and submodules; renames off."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# .gitmodules may ask for its submodules to be overlooked.
RAW = ("--raw", "--no-renames", "--no-abbrev", "-z", "--no-ext-diff", "--ignore-submodules=none")
ABSENT, REGULAR = "000000", "100644"
_KINDS = {"12": "symbolic link", "16": "submodule"}


class Change:
    """One record of the difference: a path, and the modes and full object ids of its two sides.

    `status` is git's letter: A, M, D, T or U. An id is None where its side has no object. The path is
    decoded with surrogateescape.
    """

    __slots__ = ("new_mode", "new_oid", "old_mode", "old_oid", "path", "status")

    def __init__(self, header: str, path: str) -> None:
        self.old_mode, self.new_mode, old, new, self.status = header.removeprefix(":").split()
        self.old_oid = old if old.strip("0") else None
        self.new_oid = new if new.strip("0") else None
        self.path = path

    @property
    def is_added(self) -> bool:
        """Whether the path is new."""
        return self.status == "A"

    def description(self) -> str:
        """What would happen to the path, to follow "would be"."""
        if self.status == "D":
            return "deleted or renamed away"
        if self.status == "A":
            return "added"
        if self.status == "U":
            return "left with a merge conflict"
        if self.old_mode[:2] != self.new_mode[:2]:
            return f"replaced by a {_KINDS.get(self.new_mode[:2], 'regular file')}"
        if self.old_mode != self.new_mode:
            return f"changed in its mode, {self.old_mode} to {self.new_mode}"
        return "changed"


def read_changes(output: bytes) -> list[Change]:
    """The records of `git diff-index` or `git diff-tree` with the options of `RAW`."""
    fields = output.decode("utf-8", "surrogateescape").split("\0")
    return [Change(header, path) for header, path in zip(fields[0::2], fields[1::2], strict=False)]


def common_changes(differences: Sequence[Sequence[Change]]) -> list[list[Change]]:
    """The changes of those paths that are in every difference: for each path one a difference.

    In a merge these are the paths that differ from every parent: what a merge takes over from a parent
    as it is was decided there.
    """
    by_path = [{change.path: change for change in changes} for changes in differences]
    first, *others = by_path
    return [[found[path] for found in by_path] for path in first if all(path in found for found in others)]
