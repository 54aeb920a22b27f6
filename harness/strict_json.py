"""JSON with nothing guessed and nothing read in two ways; standard library only."""

from __future__ import annotations

import json
from typing import Any, NoReturn

JSONDecodeError = json.JSONDecodeError

_INFINITE = (float("inf"), float("-inf"))
_SHOWN_DIGITS = 40


class DuplicateKeyError(ValueError):
    """A key stands twice in one object."""

    def __init__(self, key: str) -> None:
        super().__init__("a key stands twice in one object")
        self.key = key


class BadNumberError(ValueError):
    """NaN, an infinity, a float that would become one, or too many digits; the text says which."""


def parse(text: str, integer_digits: int | None = None) -> Any:
    """The value `text` consists of; an integer may have `integer_digits`, by default what int() takes.

    Raises JSONDecodeError, DuplicateKeyError or BadNumberError, which are ValueErrors, and
    RecursionError for what is nested too deeply.
    """

    def integer(digits: str) -> int:
        if integer_digits is not None and len(digits) > integer_digits:
            raise BadNumberError(f"a number of {len(digits)} digits; {integer_digits} are the limit")
        return _integer(digits)

    return json.loads(
        text,
        object_pairs_hook=_unique,
        parse_constant=_no_constant,
        parse_int=integer,
        parse_float=_float,
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKeyError(key)
            seen.add(key)
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadNumberError(f"{name} is not a JSON number")


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:
        # int() refuses to read thousands of digits.
        raise BadNumberError(f"a number with too many digits, {len(digits)}") from None


def _float(digits: str) -> float:
    number = float(digits)
    if number in _INFINITE:
        cut = digits if len(digits) <= _SHOWN_DIGITS else f"{digits[:_SHOWN_DIGITS]}..."
        raise BadNumberError(f"the number {cut} is too large")
    return number
