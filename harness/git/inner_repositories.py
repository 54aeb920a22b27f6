"""Repositories that stand where a tree has a submodule: their configuration is whoever's made them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from harness.git.command import Git, split_z

_GITLINK = "160000 "


def inner_repositories(git: Git, worktree: Path, environment: Mapping[str, str]) -> list[str]:
    """The submodules of the index that are checked out in `worktree`, through no symbolic link."""
    rows = split_z(git("ls-files", "-z", "--stage", environment=environment).stdout)
    links = [row.partition("\t")[2] for row in rows if row.startswith(_GITLINK)]
    top = Path(os.path.realpath(worktree))
    return [
        path
        for path in links
        if os.path.lexists(worktree / path / ".git") and Path(os.path.realpath(worktree / path)) == top / path
    ]


def everything_but(paths: list[str]) -> bytes:
    """Everything but `paths`, as NUL-terminated pathspecs with magic."""
    specs = [".", *(f":(exclude,literal){path}" for path in paths)]
    return b"".join(os.fsencode(spec) + b"\0" for spec in specs)
