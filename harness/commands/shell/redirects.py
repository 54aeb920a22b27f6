"""Redirections and here-documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.commands.shell.expansions import PIECES, expansions_of, words
from harness.commands.shell.reading import Around, Reading, adjacent
from harness.commands.shell.steps import Redirect
from harness.commands.shell.words import UNKNOWN, UnreadableError

if TYPE_CHECKING:
    from tree_sitter import Node

KINDS = frozenset(("file_redirect", "heredoc_redirect", "herestring_redirect"))
_DELIMITER = re.compile(r"""(\\?)([\w.!-]+)|(['"])([\w.! -]+)\3""")
_STATEMENTS = frozenset(
    ["pipeline", "list", "command", "redirected_statement", "subshell", "compound_statement"]
)


def read_redirects(
    reading: Reading, nodes: Sequence[Node], around: Around
) -> tuple[list[Redirect], list[str]]:
    """(the redirections, the words of the command that the grammar took for part of them)."""
    found: list[Redirect] = []
    extra: list[str] = []
    for node in nodes:
        if node.type == "heredoc_redirect":
            _read_document(reading, node, around, found, extra)
        else:
            _read_file(reading, node, around, found, extra)
    return found, extra


def _read_file(reading: Reading, node: Node, around: Around, found: list[Redirect], extra: list[str]) -> None:
    reading.check_gaps(node, newlines=False)
    children = list(node.children)
    if children[0].type == "file_descriptor":
        before = reading.text[max(node.start_byte - 1, 0)]
        if node.start_byte and before not in " \t\n;&|(){}":
            raise UnreadableError("it has digits before a redirection that may be a word's")
        children = children[1:]
    operator, *targets = children
    groups = list(adjacent(targets))
    if operator.is_named or not groups:
        if operator.type in (">&-", "<&-"):
            return
        raise UnreadableError("it has a redirection that can't be read")
    target = words(reading, groups[0], around)
    if len(target) != 1:
        raise UnreadableError("it redirects to several places at once")
    if not (operator.type in (">&", "<&") and re.fullmatch(r"\d+|-", target[0])):
        found.append(Redirect(operator.type, target[0]))
    for group in groups[1:]:
        extra += words(reading, group, around)


def _read_document(
    reading: Reading, node: Node, around: Around, found: list[Redirect], extra: list[str]
) -> None:
    parts = {child.type: child for child in node.children}
    start, end, body = (parts.get(f"heredoc_{name}") for name in ("start", "end", "body"))
    if start is None or end is None:
        raise UnreadableError("it has a here-document that doesn't end")
    quoted, text = _document(reading, node, start, end)
    line_end = reading.text.index("\n", start.end_byte)
    for child in node.children:
        if quoted and child.start_byte >= line_end:
            continue  # a line of the document, whatever the grammar takes it for
        if child.start_byte >= start.end_byte and child not in (body, end):
            if child.end_byte > line_end:
                raise UnreadableError("it has a here-document whose lines can't be told apart")
            _rest_of_line(reading, child, around, found, extra)
    if not quoted and body is not None:
        text = _expanded_document(reading, body, text, line_end + 1, around)
    found.append(Redirect("<<", text.encode("latin-1").decode()))


def _document(reading: Reading, node: Node, start: Node, end: Node) -> tuple[bool, str]:
    """(whether nothing in it is expanded, the lines between the line of `<<` and the delimiter)."""
    delimiter = _DELIMITER.fullmatch(reading.source(start))
    line_end = reading.text.find("\n", start.end_byte)
    goes_on = reading.text[start.end_byte] not in " \t\n;&|<>"
    if not delimiter or goes_on or not 0 <= line_end < end.start_byte:
        raise UnreadableError("it has a here-document whose delimiter can't be read")
    name = delimiter[2] or delimiter[4]
    quoted = bool(delimiter[1] or delimiter[3])
    tabs = any(child.type == "<<-" for child in node.children)
    lines = reading.text[line_end + 1 : end.end_byte].split("\n")
    bare = [line.lstrip("\t") if tabs else line for line in lines]
    last = reading.text[end.end_byte : end.end_byte + 1] in ("", "\n")
    if bare[-1] != name or name in bare[:-1] or not last:
        raise UnreadableError("it has a here-document whose end can't be told")
    if not quoted and any(line.endswith("\\") for line in lines):
        raise UnreadableError("it has a here-document with joined lines")
    return quoted, "".join(line + "\n" for line in bare[:-1])


def _rest_of_line(
    reading: Reading, child: Node, around: Around, found: list[Redirect], extra: list[str]
) -> None:
    """What stands behind `<<WORD` on its line: more redirections, more words, the next commands."""
    if child.type in KINDS:
        more, words_after = read_redirects(reading, [child], around)
        found += more
        extra += words_after
    elif child.type in PIECES:
        extra += words(reading, [child], around)
    elif child.type in _STATEMENTS:
        # Whichever way these are joined, their input isn't the document's for certain.
        inner = Around(around.pipeline, True, around.depth + 1)
        reading.pending.append((child, inner))
    elif child.type not in ("&&", "||", "|", "|&"):
        raise UnreadableError("it has a line behind a here-document that can't be read")


def _expanded_document(reading: Reading, body: Node, text: str, start: int, around: Around) -> str:
    """The text of a document in which expansions work; raises where one of them isn't seen."""
    expansions = expansions_of(reading, body.children, around)
    at, end = start, body.end_byte
    while at < end:
        if at in expansions:
            at = max(expansions[at][0], at + 1)
        elif reading.text[at] == "\\":
            at += 2
        elif reading.text[at] == "`" or reading.text.startswith("$(", at):
            raise UnreadableError("it has a substitution in a here-document that can't be read")
        else:
            at += 1
    plain = re.sub(r"\\([\\`$])", r"\1", text)
    return text[:0] + (UNKNOWN + plain if re.search(r"[$`]", text) else plain)
