"""What a decoded JSON value may not have: too many levels, or characters that are none."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from harness.edits.limits import Limits
from harness.edits.rejection import Rejection
from harness.paths import shown

_TO_NEXT_ARRAY = re.compile(r'(?:[^"\[]++|"(?:[^"\\\n]++|\\.)*+"?)*+(?:\[|\Z)')
_PARTS_PER_OPERATION = 25
_HOLDS_MORE = (dict, list)


def most_parts(limits: Limits) -> int:
    """How many objects, arrays or numbers a reply may have: far more than its operations can."""
    return limits.operations * _PARTS_PER_OPERATION


def check_arrays(text: str, limits: Limits) -> None:
    """Refuse a text with too many arrays, which a decoder makes in twenty times their room, unasked.

    Raises Rejection.
    """
    most = most_parts(limits)
    if text.count("[") > most and sum(1 for _ in islice(_TO_NEXT_ARRAY.finditer(text), most + 1)) > most:
        raise too_many_parts(limits)


def too_many_parts(limits: Limits) -> Rejection:
    """The rejection of a reply with too many parts."""
    message = f"more than {most_parts(limits)} objects, arrays or numbers in one reply"
    return Rejection("too-many-operations", message, "Send fewer operations.")


def too_deep(limits: Limits) -> Rejection:
    """The rejection of a value nested too deeply."""
    message = f"objects and arrays are nested deeper than {limits.json_depth}"
    return Rejection("too-deep", message, "Write the operation as docs/formats.md shows it.")


def check_value(value: dict[str, Any], limits: Limits) -> None:
    """Refuse an object nested too deeply, or with half a surrogate pair; raises Rejection.

    Only the strings an operation may have are looked at: its own, and those of its changes.
    """
    if not _check_strings(value):
        return
    check_depth(value, limits)
    changes = value.get("operations")
    for change in changes[: limits.operations] if isinstance(changes, list) else ():
        if isinstance(change, dict):
            _check_strings(change)


def check_depth(value: object, limits: Limits) -> None:
    """Refuse a value nested deeper than the limit; raises Rejection."""
    level = [value]
    for _ in range(limits.json_depth):
        level = [child for parent in level for child in _containers(parent)]
        if not level:
            return
    raise too_deep(limits)


def _check_strings(value: dict[str, Any]) -> bool:
    """Look at its own keys and strings; whether there is anything else in it that holds more."""
    holds_more = False
    for key, item in value.items():
        if isinstance(item, str):
            if not item.isascii():
                _check_string(item)
        elif type(item) in _HOLDS_MORE:
            holds_more = True
        if not key.isascii():
            _check_string(key)
    return holds_more


def _containers(value: object) -> list[object]:
    """The objects and arrays that are directly in one."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in inside if type(child) in _HOLDS_MORE]


def _check_string(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        message = f"a string holds half a surrogate pair, which is no character: {shown(text)}"
        raise Rejection("lone-surrogate", message, "Write the character itself, or both halves.") from None
