"""Statements: what only groups others is gone through, what runs becomes a step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.commands.shell.expansions import PIECES, value, words
from harness.commands.shell.reading import MAX_DEPTH, Around, Reading
from harness.commands.shell.redirects import KINDS as REDIRECTS
from harness.commands.shell.redirects import read_redirects
from harness.commands.shell.steps import GROUP, Step
from harness.commands.shell.words import UNKNOWN, UnreadableError

if TYPE_CHECKING:
    from tree_sitter import Node

_GROUPS = frozenset(
    [
        "program",
        "list",
        "pipeline",
        "subshell",
        "compound_statement",
        "negated_command",
        "if_statement",
        "elif_clause",
        "else_clause",
        "for_statement",
        "while_statement",
        "do_group",
        "case_statement",
        "case_item",
        "command_substitution",
        "process_substitution",
    ]
)
_COMMANDS = frozenset(["command", "declaration_command", "unset_command", "test_command"])
_OPERANDS = PIECES | {"variable_name", "extglob_pattern", "regex"}
_WORDS = _OPERANDS | {"command_name", "$", "==", "=~", "unset"}
_WORDS |= {"declare", "typeset", "export", "readonly", "local"}
_KEYWORDS = frozenset(
    [
        ";",
        "&",
        "&&",
        "||",
        "|",
        "|&",
        "(",
        ")",
        "{",
        "}",
        "!",
        "if",
        "then",
        "elif",
        "else",
        "fi",
        "for",
        "in",
        "do",
        "done",
        "while",
        "until",
        "case",
        "esac",
        ";;",
        ";&",
        ";;&",
        "function",
        "$(",
        "<(",
        ">(",
    ]
) | {"\n"}


def read_statements(reading: Reading, node: Node, around: Around) -> None:
    """Everything in a node: its commands become steps, its substitutions are left to be read."""
    _statement(reading, node, replace(around, depth=around.depth + 1))


def _statement(reading: Reading, node: Node, around: Around) -> None:
    if around.depth > MAX_DEPTH:
        raise UnreadableError(f"it is nested more than {MAX_DEPTH} deep")
    kind = node.type
    if kind in _GROUPS:
        _group(reading, node, replace(around, depth=around.depth + 1))
    elif kind in _COMMANDS:
        _command(reading, node, [], around)
    elif kind in ("variable_assignment", "variable_assignments"):
        _assignments(reading, node, [], around)
    elif kind == "redirected_statement":
        _redirected(reading, node, around)
    elif kind == "file_redirect":
        _add(reading, [], [], [node], around)
    elif kind == "function_definition":
        _function(reading, node, around)
    elif kind == "comment":
        _comment(reading, node)
    elif node.is_named or kind not in _KEYWORDS:
        raise UnreadableError(f"it uses shell syntax that isn't judged: {kind}")


def _group(
    reading: Reading, node: Node, around: Around, redirects: Sequence[Node] = (), dropped: Sequence[str] = ()
) -> None:
    """Everything in a node; the redirections that the grammar gave to all of it are its last command's."""
    reading.check_gaps(node)
    if node.type == "compound_statement" and node.children[0].type != "{":
        raise UnreadableError("it uses (( … )), which shells read differently")
    if node.type == "pipeline":
        around = replace(around, pipeline=around.pipeline or reading.new_pipeline())
    if node.type == "for_statement":
        _loop_variable(reading, node)
    children = node.children
    for number, child in enumerate(children, 1):
        if redirects and number == len(children):
            _attach(reading, child, redirects, dropped, around)
        else:
            _member(reading, node, child, around)
        if node.type == "pipeline" and child.type in ("|", "|&"):
            around = replace(around, piped=True)


def _member(reading: Reading, node: Node, child: Node, around: Around) -> None:
    if child.type in _OPERANDS and node.type in ("for_statement", "case_statement", "case_item"):
        words(reading, [child], around)
    else:
        _statement(reading, child, around)


def _loop_variable(reading: Reading, node: Node) -> None:
    names = [reading.source(child) for child in node.children if child.type == "variable_name"]
    reading.steps.append(Step(assignments=tuple((name, UNKNOWN) for name in names)))


def _function(reading: Reading, node: Node, around: Around) -> None:
    reading.check_gaps(node)
    before = len(reading.steps)
    for child in node.children:
        if child.type == "word":
            reading.functions.update(_function_name(words(reading, [child], around)))
        else:
            _statement(reading, child, replace(around, piped=True, depth=around.depth + 1))
    if any(step.words[:1] and step.words[0] in reading.functions for step in reading.steps[before:]):
        raise UnreadableError("it has a function that calls a function")


def _function_name(found: list[str]) -> list[str]:
    if set(found) & {"pwd", "git", "cd"}:
        raise UnreadableError("it gives another meaning to a command that everything hangs on")
    return found


def _comment(reading: Reading, node: Node) -> None:
    before = reading.text[node.start_byte - 1] if node.start_byte else "\n"
    if before not in " \t\n;&|()" or "\n" in reading.source(node):
        raise UnreadableError("it has a # that may or may not begin a comment")


def _command(
    reading: Reading, node: Node, redirects: Sequence[Node], around: Around, dropped: Sequence[str] = ()
) -> None:
    if node.type == "test_command":
        _test(reading, node, redirects, around)
        return
    reading.check_gaps(node, newlines=False)
    inner, assigned, parts = [], [], []
    for child in node.children:
        if child.type in REDIRECTS:
            inner.append(child)
        elif child.type == "variable_assignment":
            assigned.append(child)
        elif child.type in _WORDS:
            parts.append(child)
        else:
            raise UnreadableError(f"it uses shell syntax that isn't judged: {child.type}")
    values = [_assignment(reading, one, around) for one in assigned]
    found = [*words(reading, parts, around), *dropped]
    declares = node.type == "declaration_command"
    reading.computes |= declares and any(re.match("[-+].*i", word) for word in found)
    _add(reading, found, values, [*inner, *redirects], around)


def _assignments(reading: Reading, node: Node, redirects: Sequence[Node], around: Around) -> None:
    single = node.type == "variable_assignment"
    if not single:
        reading.check_gaps(node, newlines=False)
    values = [_assignment(reading, one, around) for one in ([node] if single else node.children)]
    _add(reading, [], values, redirects, around)


def _assignment(reading: Reading, node: Node, around: Around) -> tuple[str, str]:
    name, *rest = node.children
    if name.type != "variable_name" or not rest or rest[0].type not in ("=", "+="):
        raise UnreadableError("it assigns to part of a variable")
    start = rest[0].end_byte
    if len(rest) > 1 and rest[1].start_byte != start:
        raise UnreadableError("it has an assignment with a gap")
    if len(rest) > 1 and rest[1].type == "array":
        reading.check_gaps(rest[1])
        inside = [child for child in rest[1].children if child.is_named]
        return reading.source(name), " ".join(words(reading, inside, around))
    return reading.source(name), value(reading, rest[1:], start, node.end_byte, around)


def _test(reading: Reading, node: Node, redirects: Sequence[Node], around: Around) -> None:
    found = ["["]
    for leaf in _leaves(node):
        if leaf.type == "regex" and not re.search(r"['\"\\`]|\$[({]", reading.source(leaf)):
            continue
        if leaf.type in _OPERANDS:
            found += words(reading, [leaf], around)
        elif leaf.type in ("<", ">") and node.children[0].type == "[":
            raise UnreadableError("it redirects inside [ … ]")
        elif leaf.type == "test_operator":
            found.append(reading.source(leaf))
    if node.children[0].type == "[[":
        reading.computes |= any(re.fullmatch("-(eq|ne|lt|le|gt|ge)", word) for word in found)
    reading.computes |= "-v" in found
    _add(reading, found, [], redirects, around)


def _leaves(node: Node) -> Iterator[Node]:
    pending = list(reversed(node.children))
    while pending:
        one = pending.pop()
        if one.child_count == 0 or one.type in PIECES:
            yield one
        else:
            pending += reversed(one.children)


def _redirected(reading: Reading, node: Node, around: Around) -> None:
    redirects = [child for child in node.children if child.type in REDIRECTS]
    bodies = [child for child in node.children if child.type not in REDIRECTS]
    connects = any(child.type == "pipeline" for one in redirects for child in one.children)
    if connects:
        around = replace(around, pipeline=around.pipeline or reading.new_pipeline())
    dash = bool(bodies) and _has_lone_dash(reading, node)
    if not dash:
        reading.check_gaps(node, newlines=False)
    if bodies:
        _attach(reading, bodies[0], redirects, ["-"] if dash else [], around)
    else:
        _add(reading, [], [], redirects, around)


def _attach(
    reading: Reading, body: Node, redirects: Sequence[Node], dropped: Sequence[str], around: Around
) -> None:
    """A statement with its redirections, and words that the grammar dropped before them."""
    around = replace(around, depth=around.depth + 1)
    if around.depth > MAX_DEPTH:
        raise UnreadableError(f"it is nested more than {MAX_DEPTH} deep")
    if body.type in _COMMANDS:
        _command(reading, body, redirects, around, dropped)
    elif body.type in ("list", "pipeline", "negated_command"):
        _group(reading, body, around, redirects, dropped)
    elif dropped:
        raise UnreadableError("part of it can't be read as shell syntax")
    elif body.type.startswith("variable_assignment"):
        _assignments(reading, body, redirects, around)
    else:
        around = replace(around, pipeline=around.pipeline or reading.new_pipeline())
        _add(reading, GROUP, [], redirects, around)
        _statement(reading, body, replace(around, piped=True))


def _has_lone_dash(reading: Reading, node: Node) -> bool:
    """Whether a word `-` stands between a command and `<<`: the grammar drops it."""
    body, *rest = node.children
    gap = reading.text[body.end_byte : rest[0].start_byte]
    return len(rest) == 1 and rest[0].type == "heredoc_redirect" and bool(re.fullmatch(r"[ \t]+-[ \t]*", gap))


def _add(
    reading: Reading,
    found: Sequence[str],
    values: Sequence[tuple[str, str]],
    redirects: Sequence[Node],
    around: Around,
) -> None:
    gone, extra = read_redirects(reading, redirects, around)
    if found is GROUP and extra:
        raise UnreadableError("it has words behind the redirection of a group")
    every = (*found, *extra)
    reading.reads_input |= every[:1] in (("read",), ("mapfile",), ("readarray",))
    reading.computes |= every[:1] in (("let",), ("test",)) and ("-v" in every or every[0] == "let")
    reading.steps.append(Step(every, tuple(values), tuple(gone), around.pipeline, around.piped))
