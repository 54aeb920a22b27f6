"""Settings of git that a program may change as it likes, as they are its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_VARIABLE = "GIT_CONFIG_GLOBAL"


def named_git_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The variable that names the user's settings, in place of the files in the home folder, if set."""
    return {_VARIABLE: environment[_VARIABLE]} if environment.get(_VARIABLE) else {}


def private_git_settings(file: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that lead `git config --global` to `file`, written here; it includes the user's settings.

    The user's files are those git would read with `environment` (git-config(1), FILES).
    """
    home = environment.get("HOME", "")
    xdg = environment.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else "")
    usual = [f"{xdg}/git/config" if xdg else "", f"{home}/.gitconfig" if home else ""]
    places = list(named_git_settings(environment).values()) or usual
    file.parent.mkdir(parents=True, exist_ok=True)
    included = "".join(f"[include]\n\tpath = {_quoted(place)}\n" for place in places if place)
    file.write_bytes(included.encode("utf-8", "surrogateescape"))
    return {_VARIABLE: str(file)}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
