"""What no tree can hold in a worktree, and pipes that git would wait for when it looks at one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from harness.git.command import Git, split_z
from harness.process.regular_file import read_regular

_POINTER = b"gitdir: "
_POINTER_LIMIT = 64 * 1024  # bytes
_READ = ("HEAD", "commondir", "config", "config.worktree", "packed-refs", "shallow")


def special_files(git: Git, worktree: Path) -> list[str]:
    """Pipes, sockets and devices that git would pass over in silence, ignored ones left out; sorted.

    Where it would wait for one of them, that alone, as nobody can be asked then.
    """
    found, repositories = _look(worktree)
    in_the_way = [path for path in found if path.name.startswith(".git")]
    in_the_way += [pipe for folder in repositories for pipe in pipes_in_repository(folder)]
    if in_the_way or not found:
        return sorted(os.path.relpath(path, worktree) for path in in_the_way)
    asked = {os.path.relpath(path, worktree) for path in found}
    stdin = b"".join(os.fsencode(path) + b"\0" for path in asked)
    return sorted(asked - set(split_z(git.run("check-ignore", "-z", "--stdin", stdin=stdin).stdout)))


def pipes_for_git(worktree: Path) -> list[str]:
    """Of a worktree, and of repositories in it, only what git would wait for."""
    found, repositories = _look(worktree)
    named = [path for path in found if path.name.startswith(".git")]
    return sorted(
        map(str, [*named, *(pipe for folder in repositories for pipe in pipes_in_repository(folder))])
    )


def pipes_in_repository(git_dir: Path) -> Iterator[Path]:
    """Pipes in the place of files that git reads to know a repository and its HEAD; links are followed."""
    yield from (git_dir / name for name in _READ if _is_pipe(git_dir / name))
    for folder, _, names in os.walk(git_dir / "refs"):
        yield from (Path(folder) / name for name in names if _is_pipe(Path(folder) / name))


def _look(worktree: Path) -> tuple[list[Path], list[Path]]:
    """(what is neither file, folder nor link, git directories of repositories inside)."""
    found, repositories, folders = [], [], [worktree]
    while folders:
        folder = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                path = Path(entry.path)
                if entry.name == ".git" and folder != worktree:
                    repositories.append(_git_dir(path))
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        folders.append(path)
                elif not entry.is_file(follow_symlinks=False) and not entry.is_symlink():
                    found.append(path)
    return found, repositories


def _git_dir(path: Path) -> Path:
    """What a `.git` is, or points to; itself where it is neither."""
    try:
        text = read_regular(path, _POINTER_LIMIT)
    except OSError:
        return path
    if not text.startswith(_POINTER) or b"\0" in text:
        return path
    return path.parent / os.fsdecode(text.removeprefix(_POINTER).rstrip(b"\r\n"))


def _is_pipe(path: Path) -> bool:
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except OSError:
        return False
