"""File items, as wrappers hold them: a path, a mode and the new content, as operations of the wire format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.edits.rejection import Rejection
from harness.paths import shown

PATHS = ("path", "file_path")
CONTENTS = ("content", "new_content")
FIELDS = frozenset({*PATHS, *CONTENTS, "mode", "base_blob"})
FILE_ITEM = 'A file item is {"path": "src/a.py", "mode": "create", "modify" or "delete", "new_content": "…"}.'

_TYPE_OF_MODE = {"create": "create", "modify": "replace_file", "delete": "delete"}


def as_operation(value: dict[str, Any], mode: str | None) -> dict[str, Any]:
    """An item as an operation of the wire format; one that is none, and no file item, as it is.

    `mode` is that of a file item that names none; without it, only what names both a mode and a path is
    a file item. Raises Rejection.
    """
    if "type" in value:
        return value
    if "path" not in value and "file_path" not in value:
        if mode is None:
            return value
        raise _rejected("a file item has no `path`", None)
    if mode is None and "mode" not in value:
        return value
    return _operation(value, value.get("mode", mode))


def _operation(value: dict[str, Any], mode: object) -> dict[str, Any]:
    path = _one_of(value, *PATHS)
    if not isinstance(mode, str) or mode not in _TYPE_OF_MODE:
        told = f"`{shown(mode)}`" if isinstance(mode, str) else "that"
        raise _rejected(f"the mode of a file item is create, modify or delete, not {told}", path)
    if not value.keys() <= FIELDS:
        other = min(value.keys() - FIELDS)
        raise _rejected(f"`{shown(other)}` is not a field of a file item", path)
    operation = {"type": _TYPE_OF_MODE[mode], "file_path": path}
    if "base_blob" in value:
        operation["base_blob"] = value["base_blob"]
    has_content = "content" in value or "new_content" in value
    content = _one_of(value, *CONTENTS) if has_content else None
    if mode != "delete":
        return {**operation, "content": content} if has_content else operation
    if content not in (None, ""):
        raise _rejected("a file item deletes a file and has content for it", path)
    return operation


def _one_of(value: Mapping[str, Any], first: str, second: str) -> Any:
    """The value under either key; under both it has to be one and the same."""
    if first in value and second in value and value[first] != value[second]:
        raise disagreeing(f"`{first}`", f"`{second}` of one file item", value.get("path"))
    return value[first] if first in value else value[second]


def disagreeing(first: str, second: str, path: object) -> Rejection:
    """The rejection of two places that say different things."""
    hint = f"Send one of them. {FILE_ITEM}"
    return Rejection("fields-disagree", f"{first} and {second} differ", hint, _text(path))


def _rejected(message: str, path: object) -> Rejection:
    return Rejection("bad-operation", message, FILE_ITEM, _text(path))


def _text(path: object) -> str | None:
    return path if isinstance(path, str) else None
