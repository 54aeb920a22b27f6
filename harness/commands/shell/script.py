"""Shell text to simple commands: tree-sitter's bash grammar, with what it took the text for checked."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from harness.commands.shell.chain import is_chain
from harness.commands.shell.reading import Around, Reading
from harness.commands.shell.statements import read_statements
from harness.commands.shell.steps import Script, Step
from harness.commands.shell.words import UnreadableError

if TYPE_CHECKING:
    from tree_sitter import Parser

MAX_CHARACTERS = 64 * 1024
# What the grammar's recovery from errors takes the square of: operators, and some pairs more than others.
MAX_OPERATORS = 2500
_OPERATORS = re.compile(r"[(){}\[\]<>|&;`]")
_LIMITS = {"|": 500, "()": 300, "=(": 200, "<<": 100, "((": 100, "$(": 300, "<(": 200}
# The grammar looks characters up in tables that end before Unicode does, and crashes on some of them.
# To a shell their bytes are parts of words but not of names, and so is a dot.
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def read_script(text: str) -> Script:
    """The simple commands in `text`, bash syntax. Raises UnreadableError where that isn't certain."""
    pending = [(text, 0)]
    steps: list[Step] = []
    functions: set[str] = set()
    chained = True
    while pending:
        reading, is_chain = _read(*pending.pop())
        chained = chained and is_chain and not reading.texts and not steps
        steps += reading.steps
        functions |= reading.functions
        pending += reading.texts
    return Script(tuple(steps), frozenset(functions), chained)


def _read(text: str, depth: int) -> tuple[Reading, bool]:
    """What a text holds, and whether it is a chain."""
    source = _checked(text)
    root = _parser().parse(_NOT_ASCII.sub(b".", source)).root_node
    if root.has_error:
        raise UnreadableError("it is no shell command that can be read")
    reading = Reading(source.decode("latin-1"))
    reading.pending.append((root, Around(depth=depth)))
    while reading.pending:
        read_statements(reading, *reading.pending.pop())
    reading.check_arithmetic()
    return reading, is_chain(root)


def _checked(text: str) -> bytes:
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError(f"it has more than {MAX_CHARACTERS} characters")
    if _CONTROL.search(text):
        raise UnreadableError("it holds a control character")
    if len(_OPERATORS.findall(text)) > MAX_OPERATORS:
        raise UnreadableError(f"it has more than {MAX_OPERATORS} operators")
    for piece, limit in _LIMITS.items():
        if text.count(piece) > limit:
            raise UnreadableError(f"it has {piece!r} more than {limit} times")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise UnreadableError("it holds half a surrogate pair") from None


@cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))
