"""What changes in the user's checkout and refs while a phase runs: seen, named, never undone."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.git.refs import list_refs
from harness.git.repository import Repository, branch_of

# Refs the harness itself moves, whichever process does.
_OWN = ("refs/heads/harness/", "refs/harness/", "refs/notes/harness/")
# Approvals are a person's: one that comes while an agent works is told.
_PEOPLES = "refs/harness/approvals/"
_SETTINGS = (
    *("HEAD", "config", "config.worktree", "index", "info/exclude", "info/attributes"),
    *("info/grafts", "objects/info/alternates"),
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """The state of a checkout at one moment: a fingerprint for every file, setting and ref."""

    files: dict[str, tuple[int, ...]]
    settings: dict[str, str]
    refs: dict[str, str]


@dataclass(frozen=True, slots=True)
class CheckoutChange:
    """One thing that is different: `kind` is file, setting or ref; `change` added, removed or changed."""

    kind: str
    name: str
    change: str


def look(user: Repository, run: str) -> Sighting:
    """Fingerprint the checkout without changing it. Files by their metadata, which no write can keep.

    Of the harness's own refs the branch and the ledgers of `run` count, and everybody's approvals.
    """
    ours = (f"refs/harness/runs/{run}/", branch_of(run), _PEOPLES)
    refs = {
        ref: oid
        for ref, oid in list_refs(user.git, "refs/").items()
        if ref.startswith(ours) or not ref.startswith(_OWN)
    }
    return Sighting(_files(user.root), _settings(user), refs)


def compare(before: Sighting, after: Sighting) -> list[CheckoutChange]:
    """What differs between two sightings, sorted by kind and name."""
    return [
        *_differences("file", before.files, after.files),
        *_differences("ref", before.refs, after.refs),
        *_differences("setting", before.settings, after.settings),
    ]


def _differences(kind: str, old: Mapping[str, object], new: Mapping[str, object]) -> list[CheckoutChange]:
    found = []
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            change = "added" if name not in old else "removed" if name not in new else "changed"
            found.append(CheckoutChange(kind, name, change))
    return found


def _files(root: Path) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError:
            continue  # gone, or not ours to read
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            try:
                info = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISDIR(info.st_mode):
                if entry.name != ".git":
                    folders.append(path)
            else:
                found[path] = (
                    info.st_mode,
                    info.st_size,
                    info.st_mtime_ns,
                    info.st_ctime_ns,
                    info.st_ino,
                )
    return found


def _settings(user: Repository) -> dict[str, str]:
    found = {}
    for folder in {user.git_dir, user.common_dir}:
        for name in _SETTINGS:
            found[_name(user, folder / name)] = _digest(folder / name)
    for hook in sorted((user.common_dir / "hooks").glob("*")):
        found[_name(user, hook)] = _digest(hook)
    return {name: digest for name, digest in found.items() if digest}


def _name(user: Repository, path: Path) -> str:
    return ".git/" + os.path.relpath(path, user.common_dir)


def _digest(path: Path) -> str:
    """What a setting is, "" where there is none: its mode and content, of a link where it leads, too."""
    link = f"-> {path.readlink()} " if path.is_symlink() else ""
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            return f"{link}{mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError:
        pass  # gone, or not ours to read
    return link
