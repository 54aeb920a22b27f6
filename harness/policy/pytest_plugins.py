"""Plugins that a tree has pytest load by entry points. Pure."""

from __future__ import annotations

import posixpath
from typing import Any

from harness.policy.pytest_settings import ini_sections, toml_document

_GROUP = "pytest11"
_METADATA = (".dist-info", ".egg-info")


def declares_plugins(path: str) -> bool:
    """Whether a file of this name is where entry points are declared."""
    name, folder = posixpath.basename(path), posixpath.basename(posixpath.dirname(path))
    return name in ("pyproject.toml", "setup.cfg", "setup.py") or (
        name == "entry_points.txt" and folder.lower().endswith((*_METADATA, "egg-info"))
    )


def declared_plugins(path: str, data: bytes | None) -> frozenset[str]:
    """The entry points of the group pytest11 that a file declares, one text each; order doesn't matter.

    Of setup.py, a program, only whether it speaks of them; so for a file that can't be parsed.
    """
    if data is None or _GROUP.encode() not in data:
        return frozenset()
    name = posixpath.basename(path)
    if name == "pyproject.toml":
        document = toml_document(data)
        return frozenset((_GROUP,)) if document is None else _from_toml(document)
    sections = ini_sections(data) if name != "setup.py" else None
    if sections is None:
        return frozenset((_GROUP,))
    entries = sections.get("options.entry_points", {}).get(_GROUP, "").split("\n")
    entries += [f"{key} = {value}" for key, value in sections.get(_GROUP, {}).items()]
    return frozenset(filter(None, map(str.strip, entries)))


def _from_toml(document: dict[str, Any]) -> frozenset[str]:
    """Every table called pytest11, whichever build tool's it is."""
    found: set[str] = set()
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            group = value.get(_GROUP)
            if isinstance(group, dict):
                found.update(f"{key} = {target}" for key, target in group.items())
            elif group is not None:
                found.add(str(group))
    return frozenset(found)
