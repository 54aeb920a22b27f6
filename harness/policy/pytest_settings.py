"""What pytest's configuration says, parsed: the same for a file that was only laid out anew. Pure."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from harness.policy.parsing import parse_problem
from harness.policy.test_places import join, upwards

# path -> bytes of the regular file there, None where there is none.
Read = Callable[[str], bytes | None]
Settings = Mapping[str, tuple[str, ...]]

# In pytest's order; the first four count even when they are empty, the TOML ones from pytest 9 on.
CONFIG_FILES = (
    *("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"),
    *("pyproject.toml", "tox.ini", "setup.cfg"),
)
_INI_SECTIONS = {
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
}
_LIMIT = 1024 * 1024  # bytes
UNREADABLE = "(the file can't be parsed)"


def pytest_settings(folder: str, read: Read, *, native_toml: bool) -> Settings:
    """Each setting with its values, as pytest finds them from `folder` upwards; empty without any.

    `native_toml` reads as pytest 9 and later do: `pytest.toml`, and `[tool.pytest]` of pyproject.toml.
    A file that can't be parsed has the one setting `UNREADABLE`, with its bytes for a value.
    """
    for above in (*upwards(folder), ""):
        for name in CONFIG_FILES:
            if name.endswith("pytest.toml") and not native_toml:
                continue
            data = read(join(above, name))
            table = None if data is None else _table(name, data, native_toml)
            if table is not None:
                return {key: _values(key, value) for key, value in table.items()}
    return {}


def changed_settings(folder: str, old: Read, new: Read) -> list[str]:
    """Names of the settings that differ as seen from a folder, however old or new the project's pytest is."""
    changed: set[str] = set()
    for native in (False, True):
        before = pytest_settings(folder, old, native_toml=native)
        after = pytest_settings(folder, new, native_toml=native)
        changed |= {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return sorted(changed)


def _table(name: str, data: bytes, native_toml: bool) -> Mapping[str, Any] | None:
    """The file's table for pytest; None where pytest would look further."""
    if name.endswith(".toml"):
        return _toml_table(name, data, native_toml)
    sections = ini_sections(data)
    if sections is None:
        return {UNREADABLE: repr(data)}
    found = sections.get(_INI_SECTIONS[name])
    return {} if found is None and name.endswith("pytest.ini") else found


def _toml_table(name: str, data: bytes, native_toml: bool) -> Mapping[str, Any] | None:
    document = toml_document(data)
    if document is None:
        return {UNREADABLE: repr(data)}
    if name != "pyproject.toml":
        return _mapping(document.get("pytest"))
    table = _mapping(_mapping(document.get("tool")).get("pytest"))
    if "ini_options" in table:
        return _mapping(table["ini_options"])
    return table if native_toml and table else None


def toml_document(data: bytes) -> dict[str, Any] | None:
    """A TOML document; None where it can't be parsed, or only at more than linear cost."""
    if parse_problem("a.toml", data, _LIMIT) != "":
        return None
    return tomllib.loads(data.decode("utf-8-sig"))


def ini_sections(data: bytes) -> dict[str, dict[str, str]] | None:
    """An ini file's sections, read as pytest reads them; None where they can't be parsed."""
    import iniconfig

    if len(data) > _LIMIT:
        return None
    try:
        parsed = iniconfig.IniConfig("ini", data=data.decode("utf-8"))
    except (iniconfig.ParseError, ValueError):
        return None
    return {section: dict(values) for section, values in parsed.sections.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _values(key: str, value: Any) -> tuple[str, ...]:
    """A setting's values without what is only layout: blanks around lines, quotes in `addopts`."""
    if isinstance(value, list):
        return tuple(map(str, value))
    if not isinstance(value, str):
        return (repr(value),)
    if key == "addopts":
        try:
            return tuple(shlex.split(value))
        except ValueError:
            return (value,)
    return tuple(line for line in map(str.strip, value.split("\n")) if line)
