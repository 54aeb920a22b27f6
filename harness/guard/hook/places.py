"""Where a path an agent gives really leads: into the repository, or out of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from harness.guard.violation import Violation

_HINT = "write files of the repository only, by plain paths"


@dataclass(frozen=True, slots=True)
class Checkout:
    """The root of a checkout, as it was named and with every symbolic link resolved."""

    root: str
    real: str

    @classmethod
    def at(cls, root: str) -> Checkout:
        return cls(os.path.normpath(root), os.path.realpath(root))


def inner_paths(path: str, folder: str, checkout: Checkout) -> list[str] | Violation:
    """The paths a write to `path` touches, relative to the root: as it is written, and where links lead.

    A violation where it leads out of the checkout. `folder` is where a relative path starts.
    """
    if "\0" in path:
        return Violation("path-control-character", path, "holds the control character U+0000", _HINT)
    if not is_file_name(path):
        return Violation("path-encoding", path, "holds half a surrogate pair, which is no character", _HINT)
    named = Path(folder, path)
    written, real = os.path.normpath(named), os.path.realpath(named)
    target = _below(real, checkout.real)
    source = _below(written, checkout.root) or _below(written, checkout.real)
    if target is None:
        return _outside(path, source is not None)
    return list(dict.fromkeys(inner for inner in (source, target) if inner is not None))


def is_file_name(text: str) -> bool:
    """Whether the system could have a file of that name: JSON can say more than names can."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def names_beside(path: str, checkout: Checkout) -> list[str]:
    """What the checkout has in each folder on the way to a path, git's own folder left out."""
    found: list[str] = []
    for folder in reversed(Path(path).parents):
        try:
            names = [entry.name for entry in Path(checkout.real, folder).iterdir()]
        except (OSError, ValueError):
            break
        found += [str(folder / name) for name in names if name != ".git"]
    return found


def _below(path: str, root: str) -> str | None:
    prefix = root.rstrip("/") + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else None


def _outside(path: str, by_link: bool) -> Violation:
    if by_link:
        return Violation("symlink", path, "leads out of the repository through a symbolic link", _HINT)
    code = "path-absolute" if Path(path).is_absolute() else "path-traversal"
    return Violation(code, path, "is outside of the repository", _HINT)
