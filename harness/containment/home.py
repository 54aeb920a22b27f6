"""The user's home folder as a contained program sees it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePath

from harness.containment.model import Mount, MountKind
from harness.containment.views import entries, partial_view

# What signs, logs in or publishes in the user's name: out of sight.
HIDDEN = (
    ".ssh",
    ".gnupg",
    ".git-credentials",
    ".netrc",
    ".pypirc",
    ".docker",
    ".config/gh",
)
# What runs code of its own later, in git or in a shell, or holds the programs people start.
READ_ONLY = (
    ".gitconfig",
    ".gitignore",
    ".config/git",
    ".config/pre-commit",
    ".config/fish",
    ".config/systemd",
    ".config/autostart",
    ".config/environment.d",
    ".config/pip",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".zsh",
    ".config/zsh",
    ".xprofile",
    ".xsessionrc",
    ".pam_environment",
    ".oh-my-zsh",
    ".inputrc",
    ".pythonrc",
    ".vimrc",
    ".vim",
    ".tmux.conf",
    ".npmrc",
    ".pip",
    ".local/bin",
    ".local/lib",
    ".cargo/bin",
    ".cargo/env",
    ".rustup",
    ".pyenv",
    ".nvm",
    ".rbenv",
    ".asdf",
    ".sdkman",
    ".aws",
    ".azure",
    ".kube",
    ".gem",
    ".hgrc",
    ".mercurial",
)
# Shown entry by entry themselves, because something in them is special.
_SPLIT = (".config", ".local", ".cargo")


# With more entries than this the folder stays as it is, and new ones can't be made.
_MANY = 150


def home_view(home: Path, private: Path) -> list[Mount]:
    """Mounts for an agent's home folder: its dot entries (settings, caches) can be written, all else read.

    What is new there goes to fresh folders in `private` and is thrown away later. What `HIDDEN` and
    `READ_ONLY` name is as they say.
    """
    split = [name for name in _SPLIT if (home / name).is_dir() and not (home / name).is_symlink()]
    names = [name for name in entries(home) if name not in split]
    mounts = _level(home, "", _fresh(private, "home"), names)
    if len(names) > _MANY:
        changeable = [mount for mount in mounts[1:] if mount.kind == "read_write"]
        mounts = [Mount("read_only", home), *changeable, *hidden_in(home)]
    for name in split:
        inner = entries(home / name)
        mounts += _level(home / name, f"{name}/", _fresh(private, f"home{name}"), inner)
    return [*mounts, *_links(home)]


def hidden_in(home: Path) -> list[Mount]:
    """Mounts that put out of sight what `HIDDEN` names, in a home folder that can only be read."""
    found = [home / name for name in HIDDEN]
    return [
        Mount("no_folder" if path.is_dir() else "no_file", path)
        for path in found
        if path.exists() and Path(os.path.realpath(path)) == path
    ]


def _fresh(private: Path, name: str) -> Path:
    folder = private / name
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _level(folder: Path, prefix: str, private: Path, names: Iterable[str]) -> list[Mount]:
    def showing(name: str) -> MountKind | None:
        path = prefix + name
        if path in HIDDEN:
            return None
        return "read_write" if path.startswith(".") and path not in READ_ONLY else "read_only"

    return partial_view(folder, private, names, showing)


def _links(home: Path) -> list[Mount]:
    """What the links among `READ_ONLY` lead to can't be written either, settings kept elsewhere say."""
    targets = [PurePath(os.path.realpath(home / name)) for name in READ_ONLY if (home / name).is_symlink()]
    return [Mount("read_only", target) for target in targets if Path(target).exists()]
