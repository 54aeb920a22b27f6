"""JSON as models also write it: trailing commas, Python literals, JSON5; only where one reading is left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Any

from harness.edits.limits import Limits
from harness.edits.repairs import RepairName
from harness.strict_json import decoder

# The closing quote may be missing, so that a text is never searched again from inside a string.
_TO_COMMA_IN_FRONT = re.compile(
    r'(?P<rest>(?:[^",]++|"(?:[^"\\\n]++|\\.)*+"?|,(?![ \t\r\n]*+[}\]]))*+)(?P<comma>,|\Z)'
)

_CONTROL = re.compile(r"[\x00-\x1f]")

# The slow ways are paid for in bytes of the budget: a byte of a string costs little, a token of a Python
# literal some 8 µs, one of JSON5 100 µs, and its every character 20 µs.
CHARACTERS_PER_BYTE = 16
_BYTES_PER_JSON5_TOKEN = 10
_BYTES_PER_JSON5_CHARACTER = 2


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A value that isn't strict JSON, and the repairs that made it readable."""

    value: Any
    repairs: tuple[RepairName, ...]


class RelaxedReader:
    """Reads values of one reply leniently, until the budget for what is slow is used up."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.budget = limits.relaxed_bytes
        self._strict = decoder(limits.json_integer_digits)
        self._lax = decoder(limits.json_integer_digits, control_characters=True)

    def read(self, text: str) -> Relaxed | None:
        """The value a whole text consists of, which strict JSON doesn't read; None: none, or not one.

        Raises DuplicateKeyError and BadNumberError.
        """
        return self._nearly_strict(text) or self._literal(text)

    def _nearly_strict(self, text: str) -> Relaxed | None:
        """Strict JSON but for commas in front of closing brackets, and control characters in a line."""
        without = _TO_COMMA_IN_FRONT.sub(lambda to: to["rest"] + " " * len(to["comma"]), text)
        repairs: tuple[RepairName, ...] = () if without == text else ("trailing-comma",)
        if repairs and (found := _decode(self._strict, without)):
            return Relaxed(found[0], repairs)
        if not _CONTROL.search(text) or "\n" in text or "\r" in text:
            return None
        if found := _decode(self._lax, without):
            return Relaxed(found[0], (*repairs, "control-character"))
        return None

    def _literal(self, text: str) -> Relaxed | None:
        """A Python literal, or else JSON5."""
        from harness.edits.literal_json import as_json5, as_python, tokens_of

        left = self.budget - len(text) // CHARACTERS_PER_BYTE
        tokens = tokens_of(text, left, self.limits.json_depth)
        if tokens is None:
            return None
        self.budget = left - tokens.count
        if found := as_python(text):
            return Relaxed(found[0], ("python-literal",))
        cost = tokens.count * _BYTES_PER_JSON5_TOKEN + len(tokens.form) * _BYTES_PER_JSON5_CHARACTER
        if cost > self.budget:
            return None
        self.budget -= cost
        found = as_json5(tokens)
        return Relaxed(found[0], ("json5",)) if found else None


def _decode(by: JSONDecoder, text: str) -> tuple[Any] | None:
    """The value of a text, as a tuple of it; None if it is none."""
    try:
        return (by.decode(text),)
    except (JSONDecodeError, RecursionError):
        return None
