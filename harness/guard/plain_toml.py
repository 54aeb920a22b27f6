"""TOML of the plain kind most configurations are, read without `tomllib` and all that it imports.

Whatever this reads `tomllib` reads alike; of everything else it only says that it isn't plain. Importing
`tomllib` takes longer than all that the guard does for a commit.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Value = str | int | float | bool | list[str]

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_WORDS = {"true": True, "false": False}
_QUOTES = frozenset("\"'")


class NotPlainError(Exception):
    """The text isn't plain, whether it is TOML or not."""


def read_plain(text: str) -> dict[str, Any]:
    """The document, as `tomllib` gives it; NotPlainError where it isn't plain.

    Plain are headers and keys without quotes, keys without dots, and as values booleans, decimal
    numbers, one-line strings without escapes and arrays of such strings.
    """
    tables: dict[str, dict[str, Value]] = {"": {}}
    table = tables[""]
    for line in _logical_lines(text):
        if line.startswith("["):
            name = _header(line)
            if name in tables:
                raise NotPlainError
            table = tables.setdefault(name, {})
        else:
            key, value = _assignment(line)
            if key in table:
                raise NotPlainError
            table[key] = value
    return _nested(tables)


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments and surrounding blanks; an array over several lines is one."""
    pending: list[str] = []
    for raw in text.replace("\r\n", "\n").split("\n"):
        if "\\" in raw or not raw.replace("\t", " ").isprintable():
            raise NotPlainError
        line = _without_comment(raw).strip(" \t")
        if not line:
            continue
        if not pending:
            is_array = line.partition("=")[2].lstrip(" \t").startswith("[")
        pending.append(line)
        if not is_array or line.endswith("]"):
            yield " ".join(pending)
            pending.clear()
    if pending:
        raise NotPlainError


def _without_comment(line: str) -> str:
    """The line up to a `#` outside of strings."""
    if "#" not in line and not any(quote in line for quote in _QUOTES):
        return line
    place, quote = 0, ""
    for place, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        elif character == "#":
            return line[:place]
    if quote:
        raise NotPlainError
    return line


def _header(line: str) -> str:
    name = line[1:-1].strip(" \t")
    if not line.endswith("]") or not all(_is_bare(part) for part in name.split(".")):
        raise NotPlainError
    return name


def _assignment(line: str) -> tuple[str, Value]:
    key, equals, rest = line.partition("=")
    key, rest = key.rstrip(" \t"), rest.strip(" \t")
    if not equals or not _is_bare(key):
        raise NotPlainError
    return key, _array(rest) if rest.startswith("[") else _scalar(rest)


def _array(text: str) -> list[str]:
    items: list[str] = []
    place, last = _after_blanks(text, 1), len(text) - 1
    while place < last:
        item, place = _string(text, place)
        items.append(item)
        place = _after_blanks(text, place)
        if place < last and text[place] != ",":
            raise NotPlainError
        place = _after_blanks(text, place + 1)
    return items


def _after_blanks(text: str, place: int) -> int:
    while text[place : place + 1] in (" ", "\t"):
        place += 1
    return place


def _scalar(text: str) -> Value:
    if text in _WORDS:
        return _WORDS[text]
    if text[:1] in _QUOTES:
        value, end = _string(text, 0)
        if end < len(text):
            raise NotPlainError
        return value
    whole, point, fraction = text.partition(".")
    if not _is_number(whole) or (point and not (fraction.isascii() and fraction.isdecimal())):
        raise NotPlainError
    return float(text) if point else int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16 and (text == "0" or text[0] != "0")


def _string(text: str, place: int) -> tuple[str, int]:
    """(the string that begins at `place`, where it ends)."""
    quote = text[place]
    end = text.find(quote, place + 1) if quote in _QUOTES else -1
    if end < 0 or text.startswith(quote * 3, place):
        raise NotPlainError
    return text[place + 1 : end], end + 1


def _is_bare(text: str) -> bool:
    return bool(text) and _BARE.issuperset(text)


def _nested(tables: dict[str, dict[str, Value]]) -> dict[str, Any]:
    """Tables by their dotted names as tables in tables; no name may be both a key and a table."""
    document: dict[str, Any] = {}
    for name, values in tables.items():
        table = document
        for part in name.split(".") if name else ():
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise NotPlainError
        if not table.keys().isdisjoint(values):
            raise NotPlainError
        table.update(values)
    return document
