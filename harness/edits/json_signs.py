"""What begins a JSON value in a reply, and what in one speaks for an edit; without, it is prose."""

from __future__ import annotations

import re
from typing import Any

from harness.edits.operation_schema import CHANGE_TYPES, KNOWN_TYPES

BLANKS = " \t\r"
WRAPPER_KEYS = ("files", "operations")
PATH_KEYS = ("file_path", "path", "new_content")

_SPACE = r"[ \t\r\n]*+"
_STRING = r'"(?:[^"\\\n]++|\\.)*+"'
_SCALAR = rf"(?:{_STRING}|-?[0-9][0-9.eE+-]*+|true|false|null)"
_OTHER_KEYS = ("base_blob", "content", "mode", "new_path", "summary", "total_operations", "type")

# Word processors' quotes too, as text and as bytes taken for Latin-1.
_QUOTE = "(?:[\"'`“”‘’]|\xe2\x80[\x98\x99\x9c\x9d])"
_LAST_OF_QUOTE = "\"'`“”‘’\x98\x99\x9c\x9d"

# A brace of CSS or C code, or a bracket of a link, begins nothing and costs nothing.
_OBJECT = rf"\{{{_SPACE}(?:{_QUOTE}|\}}|/[/*]|[A-Za-z_$][\w$]*+{_SPACE}[:=]|\Z)"
_ARRAY = rf"\[{_SPACE}(?:[{{\[]|\Z|```|~~~)"
_VALUE = rf"(?:{_OBJECT}|{_ARRAY})"

START = re.compile(rf"\n[ \t\r]*+(?P<number>[0-9]{{1,6}}[.)][ \t]++)?(?={_VALUE})")
"""The way from the end of a line to a value that begins the next one, perhaps behind a list number."""

TAIL = re.compile(rf"[ \t\r]*+(?P<comma>,)?[ \t\r]*+(?:(?P<end>(?=\n)|\Z)|(?={_VALUE}))")
"""From the end of a value to the end of its line, or to another value on it."""

NESTED = re.compile(rf"(?:[\[{{][ \t]*+(?:{_STRING}[ \t]*+:[ \t]*+)?+){{0,100}}+")
"""The brackets a value begins with on its line: of the first value within the first value and so on."""

_NOT_WRAPPED = "|".join((*PATH_KEYS, "type"))
_LISTS = "|".join(WRAPPER_KEYS)
WRAPPER = re.compile(
    rf'\{{{_SPACE}(?:(?!"(?:{_NOT_WRAPPED})"){_STRING}{_SPACE}:{_SPACE}{_SCALAR}{_SPACE},{_SPACE})*+'
    rf'"(?:{_LISTS})"{_SPACE}:{_SPACE}[\[{{]'
)
"""An object that may be a wrapper, up to the opening of its list."""


# A word comes first, as a search for one is many times as fast as for any of the marks before it.
def _word(word: str) -> str:
    return rf"{word}(?<=[\s{_LAST_OF_QUOTE}{{(\[,]{word}){_QUOTE}?{_SPACE}:"


_TYPES = "|".join(sorted({*KNOWN_TYPES, *CHANGE_TYPES}))
SPEAKS = re.compile(
    "|".join(
        [
            rf"{_word('type')}{_SPACE}{_QUOTE}(?:{_TYPES}){_QUOTE}",
            *(_word(key) for key in PATH_KEYS),
            *(rf"{_word(key)}{_SPACE}(?:\[{_SPACE}(?:\{{|\Z)|\{{)" for key in WRAPPER_KEYS),
        ]
    )
)
TYPED = re.compile(_word("type"))
_OPERATION_LINE = re.compile(rf'\n[ \t\r]*+\{{{_SPACE}"type"{_SPACE}:{_SPACE}"(?:{"|".join(KNOWN_TYPES)})"')
_TYPED_FIRST = re.compile(rf"\{{{_SPACE}{_QUOTE}?type{_QUOTE}?{_SPACE}:")


def _prefixes(words: tuple[str, ...]) -> str:
    return "|".join(sorted({word[:end] for word in words for end in range(len(word) + 1)}, reverse=True))


_ALL_KEYS = (*_OTHER_KEYS, *PATH_KEYS, *WRAPPER_KEYS)
_BEGINNING = re.compile(
    rf'(?:[\[{{]{_SPACE}){{1,4}}+(?:"(?:{"|".join(_ALL_KEYS)})"|(?:"(?:{_prefixes(_ALL_KEYS)}))?\Z)'
)


class Signs:
    """Where in a text a sign stands next; asked for ever later positions, it looks through the text once."""

    def __init__(self, text: str, sign: re.Pattern[str]) -> None:
        self.text = text
        self.sign = sign
        self.found = -1

    def next(self, position: int) -> int:
        """The first sign from a position on; the length of the text without one."""
        if self.found < position:
            match = self.sign.search(self.text, position)
            self.found = match.start() if match else len(self.text)
        return self.found


def text_speaks(text: str, start: int, end: int) -> bool:
    """Whether something in a stretch of text speaks for an edit, however it is quoted."""
    return SPEAKS.search(text, start, end) is not None


def begins_with_type(text: str, start: int) -> bool:
    """Whether the object at `start` has its `type` first, as operations are written."""
    return _TYPED_FIRST.match(text, start) is not None


def begins_operation_inside(text: str, start: int, end: int) -> bool:
    """Whether a line within a value begins an operation, which no object may have inside."""
    return _OPERATION_LINE.search(text, start, end) is not None


def may_become_edit(text: str, start: int, end: int) -> bool:
    """Whether a text that breaks off at `end` may be the beginning of an operation."""
    return text_speaks(text, start, end) or _BEGINNING.match(text, start, end) is not None


def value_speaks(value: object) -> bool:
    """Whether something in a decoded value speaks for an edit."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if _object_speaks(item):
                return True
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False


def _object_speaks(value: dict[str, Any]) -> bool:
    kind = value.get("type")
    if isinstance(kind, str) and (kind in KNOWN_TYPES or kind in CHANGE_TYPES):
        return True
    if any(key in value for key in PATH_KEYS):
        return True
    return any(is_list_of_edits(value.get(key)) for key in WRAPPER_KEYS)


def is_list_of_edits(value: object) -> bool:
    """Whether a value of a wrapper's key can hold edits at all: names alone can't."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, dict) for v in value))
