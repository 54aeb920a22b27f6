"""Plans and replies of the policy cases: phases without tests, so that only the policy speaks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

CONFIG = """\
[policy]
protected = ["locked/", "llm_service.py"]

[tests]
paths = ["tests"]

[agents.recorded]
kind = "recorded"
reply = "replies/{phase}-{attempt}.txt"
"""


def phase_table(**keys: Any) -> str:
    """A phase `w` without tests; keys as JSON, which is TOML for texts, lists and truth."""
    table = {
        "id": "w",
        "goal": "g",
        "deliverables": ["src/main.py"],
        "max_attempts": 1,
        "tests": "none",
        **keys,
    }
    return "".join(f"{key} = {_toml(value)}\n" for key, value in table.items() if value is not None)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{key}" = {_toml(inner)}' for key, inner in value.items()) + "}"
    return json.dumps(value)


def put(path: str, content: str) -> dict[str, str]:
    return {"type": "replace_file", "file_path": path, "content": content}


def delete(path: str) -> dict[str, str]:
    return {"type": "delete", "file_path": path}


def rename(path: str, new: str) -> dict[str, str]:
    return {"type": "rename", "file_path": path, "new_path": new}


def told(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(code, path) of every violation of a check or an attempt."""
    return {(violation["code"], violation["path"]) for violation in document["violations"]}
