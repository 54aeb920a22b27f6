"""Which folders the tests import from: the worktree's, in place of the user's checkout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath


def import_roots(
    sys_path: Iterable[str],
    own: Iterable[str],
    checkouts: Sequence[PurePath],
    worktree: PurePath,
    workdir: str,
) -> tuple[str, ...]:
    """Folders of the worktree for PYTHONPATH, most important first, none twice.

    Every entry of the interpreter's `sys_path` that lies in the checkout (given in all spellings)
    and isn't the environment's `own` is mapped to the same place in the worktree; then come `src`
    and the folder itself, of `workdir` and of the worktree. Absolute paths; they need not exist.
    """
    environment = environment_folders(own, checkouts)
    mapped = [
        worktree / entry.relative_to(checkout)
        for entry in map(PurePath, filter(None, sys_path))
        for checkout in checkouts
        if entry.is_relative_to(checkout) and not _is_within(entry, environment)
    ]
    usual = [folder for base in (worktree / workdir, worktree) for folder in (base / "src", base)]
    return tuple(dict.fromkeys(str(folder) for folder in (*mapped, *usual)))


def environment_folders(own: Iterable[str], others: Sequence[PurePath]) -> tuple[PurePath, ...]:
    """The environment's folders that can be told from others, the checkout say.

    One that is such a folder, or contains it (an environment made at the root of a project), says
    nothing about who owns a file and is left out; its site folder is named separately.
    """
    folders = dict.fromkeys(map(PurePath, filter(None, own)))
    return tuple(f for f in folders if not any(other.is_relative_to(f) for other in others))


def _is_within(path: PurePath, folders: Iterable[PurePath]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
