"""JSON with nothing guessed and nothing read in two ways; standard library only."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

JSONDecodeError = json.JSONDecodeError

_INFINITE = (float("inf"), float("-inf"))
_SHOWN_DIGITS = 40
_BLANKS = " \t\n\r"


class DuplicateKeyError(ValueError):
    """A key stands twice in one object."""

    def __init__(self, key: str) -> None:
        super().__init__("a key stands twice in one object")
        self.key = key


class BadNumberError(ValueError):
    """NaN, an infinity, a float that would become one, or too many digits; the text says which."""


class TooManyPartsError(ValueError):
    """More objects and numbers than a reader may have to make."""


class TextDecoder:
    """Decodes values of one long text, wherever they begin.

    A JSONDecodeError counts the lines of its text up to its place, which makes many failures in one text
    quadratic; from the second on they have no line and no column here, only `pos`.
    """

    def __init__(self, text: str, by: json.JSONDecoder) -> None:
        self._text = text
        self._by = by

    def value_at(self, position: int) -> tuple[Any, int]:
        """The value that begins at a position, and where it ends; raises as `parse` does."""
        try:
            return self._by.raw_decode(self._text, position)
        except JSONDecodeError:
            if type(self._text) is str:
                self._text = _UncountedText(self._text)
            raise


class _UncountedText(str):
    """A text in which nothing is counted."""

    __slots__ = ()

    def count(self, *_: object) -> int:
        return 0

    def rfind(self, *_: object) -> int:
        return -1


def decoder(
    integer_digits: int | None = None, control_characters: bool = False, most_parts: int | None = None
) -> json.JSONDecoder:
    """A decoder of strict JSON; it raises as `parse` does.

    `control_characters` admits them in strings as they are. `most_parts` is how many objects and numbers
    all it decodes may have; past it TooManyPartsError, a ValueError, is raised.
    """
    left = sys.maxsize if most_parts is None else most_parts

    def count() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise TooManyPartsError(f"more than {most_parts} objects and numbers")

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        count()
        return unique(found)

    def integer(digits: str) -> int:
        count()
        if integer_digits is not None and len(digits) > integer_digits:
            raise BadNumberError(f"a number of {len(digits)} digits; {integer_digits} are the limit")
        return _integer(digits)

    def fraction(digits: str) -> float:
        count()
        return _float(digits)

    return json.JSONDecoder(
        object_pairs_hook=pairs,
        parse_constant=_no_constant,
        parse_int=integer,
        parse_float=fraction,
        strict=not control_characters,
    )


def parse(text: str, integer_digits: int | None = None) -> Any:
    """The value `text` consists of; an integer may have `integer_digits`, by default what int() takes.

    Raises JSONDecodeError, DuplicateKeyError or BadNumberError, which are ValueErrors, and
    RecursionError for what is nested too deeply.
    """
    if integer_digits is not None:
        return decoder(integer_digits).decode(text)
    try:
        value, end = _QUICK.raw_decode(text)
    except ValueError:
        end = None
    if end is not None and not text[end:].strip(_BLANKS):
        return value
    # There are blanks in front, or something is wrong with it, which the other decoder names.
    return _PLAIN.decode(text)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs; raises DuplicateKeyError."""
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


# Made once: making one takes longer than reading a short text.
_PLAIN = decoder()
# The same without anything to count: it calls back for each object and fraction alone, so that it is quicker.
# What int() refuses is a ValueError here, with no word on why.
_QUICK = json.JSONDecoder(object_pairs_hook=unique, parse_constant=_no_constant, parse_float=_float)
