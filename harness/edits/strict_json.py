"""One JSON object out of one line, with nothing guessed and nothing read in two ways."""

from __future__ import annotations

import json
import re
from typing import Any, Literal, NoReturn

from pydantic_core import from_json

from harness.edits.limits import Limits
from harness.edits.rejection import Rejection
from harness.paths import shown

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
        value = json.loads(
            line,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=lambda digits: _integer(digits, limits.json_integer_digits),
            parse_float=_float,
        )
    except json.JSONDecodeError as error:
        raise _malformed(line, error) from None
    except RecursionError:
        raise _too_deep(limits.json_depth) from None
    if line.count("{") + line.count("[") > limits.json_depth:
        _check_depth(value, limits.json_depth)
    if _ESCAPED_SURROGATE.search(line):
        _check_surrogates(value)
    assert isinstance(value, dict)
    return value


def _malformed(line: str, error: json.JSONDecodeError) -> JsonProblem:
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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise JsonProblem(
                "duplicate-key",
                f"the key `{shown(key)}` stands twice in one object",
                "Write it once.",
            )
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise JsonProblem("bad-number", f"{name} is not a JSON number")


def _integer(digits: str, limit: int) -> int:
    if len(digits) > limit:
        raise JsonProblem("bad-number", f"a number of {len(digits)} digits; {limit} are the limit")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise JsonProblem("bad-number", f"the number {shown(digits)} is too large")
    return number


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
