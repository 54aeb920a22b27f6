"""What reads as edits of another format, in the content of a fence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.edits.path_labels import path_of_line
from harness.edits.search_blocks import is_search_marker

_INFO = re.compile(r"(?:diff|patch|udiff|ndjson|jsonl)(?![A-Za-z0-9_-])", re.IGNORECASE)
_OPERATION = re.compile(
    r'\{\s*"(?:file_path"\s*:|type"\s*:\s*"(?:create|replace_file|modify|delete|rename|mode|meta)")'
)
_DOCUMENT = re.compile(
    r"\s*(?:\[\s*)?" + _OPERATION.pattern + r'|\s*\{\s*"(?:files|operations)"\s*:\s*\[\s*\{\s*'
    r'"(?:type|path|file_path|mode|new_content)"'
)
_FIRST = frozenset("d-*<{")
_HEAD_LINES = 12
_HEAD_BYTES = 2000


def is_other_format(info: str, content: Sequence[str]) -> bool:
    """Whether a fence is one around edits of another format: its language says so, or its first line."""
    if _INFO.match(info):
        return True
    first = next((i for i, line in enumerate(content) if line.strip(" \t\r")), None)
    if first is None:
        return False
    if _begins_edits(content, first):
        return True
    if first + 1 < len(content) and is_search_marker(content[first + 1]):
        return path_of_line(content[first]) is not None
    return _DOCUMENT.match("\n".join(content[first : first + _HEAD_LINES])[:_HEAD_BYTES]) is not None


def other_edits(content: Sequence[str]) -> int | None:
    """The index of the first line that would begin edits of another format, None without one."""
    for index, line in enumerate(content):
        if line[:1] in _FIRST and _begins_edits(content, index):
            return index
    return None


def _begins_edits(content: Sequence[str], index: int) -> bool:
    line = content[index]
    match line[:1]:
        case "d":
            return line.startswith("diff --git ")
        case "-":
            follows = index + 1 < len(content) and content[index + 1].startswith("+++ ")
            return follows and line.startswith("--- ")
        case "*":
            return line.rstrip(" \t\r") == "*** Begin Patch"
        case "<":
            return is_search_marker(line)
        case "{":
            return _OPERATION.match(line) is not None
        case _:
            return False
