"""Opening the object store of a repository with libgit2, wherever git itself can open it."""

from __future__ import annotations

import os
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel

# Where the settings of a person are, and what libgit2 calls the file there.
_SETTINGS = {ConfigLevel.GLOBAL: ".gitconfig", ConfigLevel.XDG: "config"}


def open_objects(folder: Path) -> pygit2.Repository:
    """The object store of the repository at `folder`.

    git goes on without a person's settings where they are closed to it, as with another user's HOME;
    libgit2 doesn't, so it isn't led there. Of what they can say, reading objects needs nothing.
    """
    try:
        return pygit2.Repository(str(folder))
    except pygit2.GitError:
        closed = [level for level, name in _SETTINGS.items() if _is_closed(level, name)]
        for level in closed:
            pygit2.settings.search_path[level] = ""
        if not closed:
            raise
        return pygit2.Repository(str(folder))


def _is_closed(level: ConfigLevel, name: str) -> bool:
    place = pygit2.settings.search_path[level]
    try:
        if place:
            os.stat(os.path.join(place, name))  # noqa: PTH116, PTH118
    except PermissionError:
        return True
    except OSError:
        return False
    return False
