"""One JSON object out of one line, with nothing guessed and nothing read in two ways."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic_core import from_json

from harness.edits.limits import Limits
from harness.edits.rejection import Rejection
from harness.paths import shown
from harness.strict_json import BadNumberError, DuplicateKeyError, JSONDecodeError, parse

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

Shape = Literal["cut", "followed", "malformed", ""]


class JsonProblem(Rejection):
    """A line is not one strict JSON object.

    `shape` says what a line that does not parse is: the beginning of an object ("cut"), an object
    and then more text ("followed"), or neither ("malformed"); "" where it is JSON all the same.
    """

    def __init__(self, code: str, message: str, hint: str = "", shape: Shape = "") -> None:
        super().__init__(code, message, hint)
        self.shape = shape


def parse_object(line: str, limits: Limits) -> dict[str, Any]:
    """The object a line consists of, which starts with `{`; raises `JsonProblem`."""
    try:
        value = parse(line, limits.json_integer_digits)
    except JSONDecodeError as error:
        raise _malformed(line, error) from None
    except DuplicateKeyError as error:
        message = f"the key `{shown(error.key)}` stands twice in one object"
        raise JsonProblem("duplicate-key", message, "Write it once.") from None
    except BadNumberError as error:
        raise JsonProblem("bad-number", str(error)) from None
    except RecursionError:
        raise _too_deep(limits.json_depth) from None
    if line.count("{") + line.count("[") > limits.json_depth:
        _check_depth(value, limits.json_depth)
    if _ESCAPED_SURROGATE.search(line):
        _check_surrogates(value)
    assert isinstance(value, dict)
    return value


def _malformed(line: str, error: JSONDecodeError) -> JsonProblem:
    if error.msg == "Extra data":
        rest = shown(line[error.pos : error.pos + 40])
        return JsonProblem(
            "bad-json",
            f"more text follows the object, from column {error.pos + 1}: {rest}",
            "Put one JSON object on a line, and nothing else on that line.",
            "followed",
        )
    return JsonProblem(
        "bad-json",
        f"not JSON: {error.msg} at column {error.pos + 1}",
        "Write strict JSON: double quotes, no trailing comma, line breaks in strings as \\n.",
        "cut" if _is_beginning(line) else "malformed",
    )


def _is_beginning(line: str) -> bool:
    try:
        from_json(line, allow_partial=True)
    except ValueError:
        return False
    return True


def _too_deep(limit: int) -> JsonProblem:
    return JsonProblem("too-deep", f"objects and arrays are nested deeper than {limit}")


def _check_depth(value: object, limit: int) -> None:
    level: list[object] = [value]
    for _ in range(limit):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    if any(isinstance(child, dict | list) for child in level):
        raise _too_deep(limit)


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _check_surrogates(value: object) -> None:
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            _check_characters(item)
        elif isinstance(item, dict):
            waiting.extend(item)
        waiting.extend(_children(item))


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        message = f"a string holds half a surrogate pair, which is no character: {shown(text)}"
        raise JsonProblem("lone-surrogate", message) from None
