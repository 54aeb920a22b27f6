"""The words that nodes make, and what runs in their expansions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.commands.shell.reading import Around, Reading, adjacent
from harness.commands.shell.steps import Step
from harness.commands.shell.words import UNKNOWN, UnreadableError, read_value, read_word

if TYPE_CHECKING:
    from tree_sitter import Node

EXPANSIONS = frozenset(
    ["simple_expansion", "expansion", "command_substitution", "process_substitution", "arithmetic_expansion"]
)
PIECES = EXPANSIONS | frozenset(
    [
        "word",
        "string",
        "raw_string",
        "ansi_c_string",
        "translated_string",
        "concatenation",
        "number",
        "brace_expression",
    ]
)

Expansions = dict[int, tuple[int, str]]


def words(reading: Reading, nodes: Sequence[Node], around: Around) -> list[str]:
    """The words of nodes; nodes that touch are one word."""
    found: list[str] = []
    for group in adjacent(nodes):
        expansions = expansions_of(reading, group, around)
        found += read_word(reading.text, group[0].start_byte, group[-1].end_byte, expansions)
    for word in found:
        reading.notice(word)
    return found


def value(reading: Reading, nodes: Sequence[Node], start: int, end: int, around: Around) -> str:
    """The value of an assignment that these nodes make."""
    found = read_value(reading.text, start, end, expansions_of(reading, nodes, around))
    reading.notice(found)
    return found


def expansions_of(reading: Reading, nodes: Sequence[Node], around: Around) -> Expansions:
    """Where expansions start and end in nodes; what runs in them is left to be read."""
    found: Expansions = {}
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if node.type in EXPANSIONS:
            found[node.start_byte] = (node.end_byte, node.type)
            _enter(reading, node, around)
        else:
            pending += node.children
    return found


def _enter(reading: Reading, node: Node, around: Around) -> None:
    source = reading.source(node)
    if source.startswith("`"):
        # A shell takes one layer of backslashes off before it reads what is inside.
        inner = re.sub(r"\\([\\`$\"])", r"\1", source[1:-1])
        reading.texts.append((inner.encode("latin-1").decode(), around.depth + 1))
    elif node.type in ("command_substitution", "process_substitution"):
        reading.pending.append((node, Around(piped=around.piped, depth=around.depth + 1)))
    elif node.type == "expansion":
        _enter_parameter(reading, node, source, around)
    elif node.type == "arithmetic_expansion":
        reading.computes |= bool(re.search(r"[A-Za-z_$]", source[2:]))
        _enter_inside(reading, node, around)


def _enter_parameter(reading: Reading, node: Node, source: str, around: Around) -> None:
    if re.search(r"@[A-Za-z]\}$", source):
        raise UnreadableError("it expands a variable in a way that can run commands")
    assigned = re.match(r"\$\{(\w+):?=", source)
    if assigned:
        reading.steps.append(Step(assignments=((assigned[1], UNKNOWN),)))
    subscript = re.search(r"\[([^\]]*)", source)
    reading.computes |= source.startswith("${!")
    reading.computes |= bool(subscript and not re.fullmatch(r"\d+|@|\*", subscript[1]))
    _enter_inside(reading, node, around)


def _enter_inside(reading: Reading, node: Node, around: Around) -> None:
    """What is inside `${…}` and `$((…))`: no quotes, and every substitution is seen."""
    start, end = node.start_byte + 2, node.end_byte
    if re.search(r"['\"\\]", reading.text[start:end]):
        raise UnreadableError("it has quotes inside an expansion")
    found = expansions_of(reading, node.children, around)
    at = start
    while at < end:
        if at in found:
            at = max(found[at][0], at + 1)
        elif reading.text[at] == "`" or reading.text.startswith("$(", at):
            raise UnreadableError("it has a substitution that can't be read")
        else:
            at += 1
