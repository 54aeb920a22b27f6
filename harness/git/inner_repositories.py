"""What stands where a tree has a submodule: the configuration of a repository there is whoever's made it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from harness.git.command import Git, split_z

_GITLINK = "160000 "


class SubmoduleFile(NamedTuple):
    """A file in a submodule's folder, relative to the worktree around it, and what tells that it changed."""

    path: str
    size: int
    changed: int


def inner_repositories(git: Git, worktree: Path, environment: Mapping[str, str]) -> list[str]:
    """The submodules of the index that are checked out in `worktree`, through no symbolic link."""
    folders = _submodules(git, worktree, environment)
    return [path for path in folders if os.path.lexists(worktree / path / ".git")]


def submodule_files(git: Git, worktree: Path, environment: Mapping[str, str]) -> frozenset[SubmoduleFile]:
    """The files in the submodules' folders, which no tree of the repository around them can hold."""
    found = set()
    for path in _submodules(git, worktree, environment):
        for folder, folders, names in os.walk(worktree / path):
            folders[:] = [name for name in folders if name not in (".git", "__pycache__")]
            for file in (Path(folder, name) for name in names if name != ".git"):
                with contextlib.suppress(FileNotFoundError):
                    about = file.lstat()
                    found.add(
                        SubmoduleFile(os.path.relpath(file, worktree), about.st_size, about.st_mtime_ns)
                    )
    return frozenset(found)


def _submodules(git: Git, worktree: Path, environment: Mapping[str, str]) -> list[str]:
    rows = split_z(git("ls-files", "-z", "--stage", environment=environment).stdout)
    links = [row.partition("\t")[2] for row in rows if row.startswith(_GITLINK)]
    top = Path(os.path.realpath(worktree))
    return [path for path in links if Path(os.path.realpath(worktree / path)) == top / path]


def everything_but(paths: list[str]) -> bytes:
    """Everything but `paths`, as NUL-terminated pathspecs with magic."""
    specs = [".", *(f":(exclude,literal){path}" for path in paths)]
    return b"".join(os.fsencode(spec) + b"\0" for spec in specs)
