"""Names in a diff without git's `a/` and `b/`: what git reads in them, and when they mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.edits.diff_hunks import FilePatch
from harness.edits.diff_names import NameProblem, path_of, with_prefixes
from harness.edits.rejection import Rejection
from harness.edits.repairs import Repair
from harness.paths import shown

_HINT = "Write `a/` before the old path and `b/` before the new one, as git does."


class Places(Protocol):
    """What stands where, with the changes of the diff so far."""

    def has_file(self, path: str) -> bool: ...

    def has_folder(self, path: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class GitNames:
    """The paths git reads in a file's header, None for no file; `head` is the header it is given."""

    source: str | None
    target: str | None
    head: tuple[str, ...]
    repair: Repair | None = None


def names_for_git(file: FilePatch, places: Places, strict: bool) -> GitNames:
    """The names of a file; with the prefixes they lack where the tree shows that no other path is meant.

    git drops the first folder of a name, whatever it is. Raises `Rejection` where both readings are
    possible, or neither.
    """
    if not file.bare:
        return GitNames(file.source, file.target, file.head)
    if file.kind in ("rename", "copy"):
        return _prefixed(file) if not strict and _repeats_names(file) else _as_git_reads(file)
    stripped = file.path.partition("/")[2]
    if file.kind == "add":
        is_whole, is_stripped = _is_only_new(file.path, stripped, places), False
    else:
        is_whole, is_stripped = places.has_file(file.path), places.has_file(stripped)
        if is_whole is is_stripped:
            raise _missing(file, stripped) if not is_whole else _two_readings(file, stripped)
    if is_stripped or (strict and is_whole):
        return _as_git_reads(file)
    if is_whole:
        return _prefixed(file)
    raise _two_readings(file, stripped)


def _is_only_new(whole: str, stripped: str, places: Places) -> bool:
    """Whether a new file can only be meant with its first folder: it is there, and no other fits as well."""
    if not stripped:
        return True
    first, second = whole.partition("/")[0], stripped.partition("/")
    return places.has_folder(first) and not (second[1] and places.has_folder(second[0]))


def _repeats_names(file: FilePatch) -> bool:
    """Whether the lines of the two sides name what the lines about the move name."""
    try:
        sides = {line[:4]: path_of(line[4:]) for line in file.head if line.startswith(("--- ", "+++ "))}
    except NameProblem:
        return False
    return sides == {"--- ": file.source, "+++ ": file.target}


def _prefixed(file: FilePatch) -> GitNames:
    head = with_prefixes(file.head, file.source or file.path, file.target or file.path)
    detail = f"`a/` and `b/` before `{shown(file.path)}`"
    return GitNames(file.source, file.target, tuple(head), Repair("missing-prefix", file.line, detail))


def _as_git_reads(file: FilePatch) -> GitNames:
    if file.kind in ("rename", "copy") or "/" not in file.path:
        return GitNames(file.source, file.target, file.head)
    source, target = (side and side.partition("/")[2] for side in (file.source, file.target))
    return GitNames(source, target, file.head)


def _two_readings(file: FilePatch, stripped: str) -> Rejection:
    told = (
        f"`{shown(file.path)}` has neither `a/` nor `b/` before it, so it may also mean `{shown(stripped)}`"
    )
    return Rejection("ambiguous-file-names", told, _HINT)


def _missing(file: FilePatch, stripped: str) -> Rejection:
    other = f", nor does `{shown(stripped)}`, which is what git reads" if stripped else ""
    told = f"`{shown(file.path)}` does not exist{other}"
    return Rejection("file-missing", told, "Check the path; write `a/` and `b/` before it, as git does.")
