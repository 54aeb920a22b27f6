"""Python literals and JSON5 as JSON values: the parsers are Python's and json5's, the guard is here."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from harness.strict_json import BadNumberError, DuplicateKeyError, unique

# Only escapes that mean the same in JSON, JSON5 and Python; those of surrogate pairs don't.
_ESCAPE = r"""\\(?:["'\\nrtbf]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})"""
_STRING = rf"""'(?:[^'\\\r\n]++|{_ESCAPE})*+'|"(?:[^"\\\r\n]++|{_ESCAPE})*+\""""
_TOKEN = re.compile(
    rf"""(?P<string>(?<![A-Za-z0-9_$])(?:{_STRING})(?=[ \t\r\n]*+(?:[,:}}\]/]|\Z)))"""
    r"""|(?P<comment>//[^\r\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)"""
    r"""|(?P<mark>[{}\[\]:,])|(?P<space>[ \t\r\n]++)"""
    r"""|(?P<word>[A-Za-z_$][A-Za-z0-9_$]*+|-?[0-9]{1,20}(?![0-9A-Za-z_.]))"""
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a text consists of: how many, its form without strings and comments, and the strings.

    In the form a string has its number in `strings` as its only content.
    """

    count: int
    form: str
    strings: tuple[str, ...]

    def restored(self, value: Any) -> Any:
        """A value of the form, with the strings it really has; Python reads them as JSON does."""
        if isinstance(value, list):
            return [self.restored(item) for item in value]
        return ast.literal_eval(self.strings[int(value)]) if isinstance(value, str) else value

    def restored_key(self, key: str) -> str:
        """A key of the form; a bare one is no number."""
        return str(self.restored(key)) if key.isdecimal() else key


def tokens_of(text: str, most: int, most_depth: int) -> Tokens | None:
    """The tokens of a text that may be a value; None if it has others, more than `most`, or is too deep."""
    form: list[str] = []
    strings: list[str] = []
    position = depth = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match or len(form) >= most or depth > most_depth:
            return None
        position = match.end()
        depth += (match[0] in ("{", "[")) - (match[0] in ("}", "]"))
        form.append(_form(match, strings))
    return Tokens(len(form), "".join(form), tuple(strings))


def _form(token: re.Match[str], strings: list[str]) -> str:
    match token.lastgroup:
        case "string":
            strings.append(token[0])
            return f'"{len(strings) - 1}"'
        case "comment" | "space":
            return " "
        case _:
            return token[0]


def as_python(text: str) -> tuple[Any] | None:
    """The value of a Python literal that JSON could hold too, as a tuple of it; None if it is none.

    The text has passed `tokens_of`. Raises DuplicateKeyError.
    """
    try:
        return (_value(ast.parse(text, mode="eval").body),)
    except (SyntaxError, _NoLiteralError, RecursionError, MemoryError):
        return None


class _NoLiteralError(Exception):
    """A Python expression is none of the literals that JSON has."""


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Dict(keys=keys, values=values):
            return unique([(_key(k), _value(v)) for k, v in zip(keys, values, strict=True)])
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
        case ast.Constant(value=(str() | int() | None) as value):
            return value
    raise _NoLiteralError


def _key(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str() as key):
            return key
    raise _NoLiteralError


def as_json5(tokens: Tokens) -> tuple[Any] | None:
    """The value of JSON5, as a tuple of it; None if it is none. Raises DuplicateKeyError, BadNumberError."""
    import json5

    faults: list[ValueError] = []

    def noted(fault: ValueError) -> ValueError:
        # json5 makes a message of every ValueError that passes through it.
        faults.append(fault)
        return fault

    def pairs(found: Any) -> dict[str, Any]:
        try:
            return unique([(tokens.restored_key(key), tokens.restored(value)) for key, value in found])
        except DuplicateKeyError as error:
            raise noted(error) from None

    def constant(name: str) -> float:
        raise noted(BadNumberError(f"{name} is not a JSON number"))

    try:
        value = json5.loads(tokens.form, object_pairs_hook=pairs, parse_constant=constant)
        return (tokens.restored(value),)
    except (ValueError, RecursionError, MemoryError):
        if faults:
            raise faults[0] from None
        return None
