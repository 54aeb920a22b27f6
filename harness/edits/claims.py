"""Which operation says what becomes of which path: two that contradict each other are refused."""

from __future__ import annotations

from collections.abc import Sequence

from harness.edits.rejection import Rejection
from harness.fold import fold
from harness.paths import RepoPath


class Claims:
    """What the operations so far do with each path."""

    def __init__(self) -> None:
        self._kinds: dict[str, list[str]] = {}
        self._folded: dict[str, str] = {}

    def add(self, does: str, paths: Sequence[RepoPath]) -> None:
        """Note what an operation does with its path (a rename: source and target); raises `Rejection`.

        `does` is the type of the wire operation that does the same.
        """
        for path, kind in zip(paths, (does, "rename target"), strict=False):
            earlier = self._kinds.setdefault(path, [])
            if _contradicts(kind, earlier):
                raise _twice(path, [*earlier, kind])
            other = self._folded.setdefault(fold(path), path)
            # A rename that only changes the case of a name has one reading.
            if other != path and other not in paths:
                raise _alike(path, other)
            earlier.append(kind)


def _contradicts(kind: str, earlier: Sequence[str]) -> bool:
    """Whether an operation says again, or undoes, what an earlier one made of the same path."""
    match kind:
        case "modify":
            return False
        case "mode":
            return "mode" in earlier
        case "rename":
            return any(claim not in {"modify", "mode"} for claim in earlier)
        case _:
            return bool(earlier)


def _twice(path: str, kinds: Sequence[str]) -> Rejection:
    told = ", ".join(f"`{kind}`" for kind in kinds)
    message = f"`{path}` has operations in one reply that contradict each other: {told}"
    hint = "Say what becomes of a path in one operation; `modify` takes several changes."
    return Rejection("duplicate-operation", message, hint, path)


def _alike(path: str, other: str) -> Rejection:
    message = f"`{path}` and `{other}` differ only in case or form"
    hint = "Some file systems take them for one file; name one of them."
    return Rejection("duplicate-operation", message, hint, path)
