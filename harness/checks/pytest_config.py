"""The tree's own pytest configuration, found by pytest's rules but never above the tree."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from harness.process.regular_file import read_regular

_LIMIT = 16 * 1024 * 1024  # bytes
# In pytest's order; the first three names of each kind count even when empty.
_ALWAYS_INI = ("pytest.ini", ".pytest.ini")
_ALWAYS_TOML = ("pytest.toml", ".pytest.toml")  # read by pytest 9 and later
_SECTIONS = {"tox.ini": r"^\[pytest\]", "setup.cfg": r"^\[tool:pytest\]"}


def find_pytest_config(folders: Iterable[Path], pytest_version: str) -> Path | None:
    """The configuration file pytest would use if these folders were all there is, or None.

    `folders` are looked up in order. One that can't be parsed counts: pytest then says so itself.
    """
    major = re.match(r"\d+", pytest_version)
    native_toml = major is not None and int(major[0]) >= 9
    always: tuple[str, ...] = (*(_ALWAYS_TOML if native_toml else ()), *_ALWAYS_INI)
    for folder in folders:
        for name in always:
            if (folder / name).is_file():
                return folder / name
        if _pyproject_configures(folder / "pyproject.toml", native_toml):
            return folder / "pyproject.toml"
        for name, section in _SECTIONS.items():
            if re.search(section, _text(folder / name), re.MULTILINE):
                return folder / name
    return None


def _pyproject_configures(path: Path, native_toml: bool) -> bool:
    try:
        document = tomllib.loads(_text(path))
    except (ValueError, RecursionError):
        return True
    tool = document.get("tool")
    table = tool.get("pytest") if isinstance(tool, dict) else None
    return isinstance(table, dict) and ("ini_options" in table or (native_toml and bool(table)))


def _text(path: Path) -> str:
    try:
        return read_regular(path, _LIMIT, follow=True).decode("utf-8", "replace")
    except OSError:
        return ""
