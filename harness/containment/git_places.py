"""Where the user's git has settings and hooks from: who writes there decides what it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

# Arguments of `git config -z`, and what it prints with them.
Settings = Callable[..., bytes]

_FOLDERS = r"^(core\.hookspath|init\.templatedir)$"
_FILES = r"^core\.(attributesfile|excludesfile)$"
_INCLUDED = r"^include(if\..*)?\.path$"


def git_places(common_dir: Path, root: Path, settings: Settings) -> list[Path]:
    """Folders of hooks and templates, what the hooks are links to, and files with settings."""
    folders = [root / name for name in _values(settings("--type=path", "--get-regexp", _FOLDERS))]
    hooks = [*folders, common_dir / "hooks"]
    files = [root / name for name in _values(settings("--type=path", "--get-regexp", _FILES))]
    return [*hooks, *(link for folder in hooks for link in _links(folder)), *files, *_included(settings)]


def _values(output: bytes) -> list[str]:
    return [os.fsdecode(entry.partition(b"\n")[2]) for entry in output.split(b"\0")[:-1]]


def _included(settings: Settings) -> Iterator[Path]:
    """Files that settings include, whether they apply here or not; relative to the file that says so."""
    asked = ("--show-origin", "--type=path", "--get-regexp", _INCLUDED)
    fields = settings(*asked).split(b"\0")[:-1]
    for origin, entry in zip(fields[0::2], fields[1::2], strict=False):
        file = os.fsdecode(origin.removeprefix(b"file:"))
        yield Path(file).parent / os.fsdecode(entry.partition(b"\n")[2])


def _links(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if entry.is_symlink()]
    except OSError:
        return []
