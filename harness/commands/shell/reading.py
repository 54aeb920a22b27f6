"""What is known while shell text is read, and the checks that nothing in it was passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.commands.shell.steps import Step
from harness.commands.shell.words import UnreadableError

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 100

# A newline that a backslash hides joins what is around it; only beside a blank does it separate words.
_BLANK = re.compile(r"(?:[ \t]|(?<=[ \t])\\\n|\\\n(?=[ \t]))*")
_SPACE = re.compile(r"(?:[ \t\n]|(?<=[ \t\n;&|])\\\n|\\\n(?=[ \t]))*")


@dataclass(frozen=True, slots=True)
class Around:
    """What a piece of text inherits from what it stands in."""

    pipeline: int = 0
    piped: bool = False
    depth: int = 0


@dataclass(slots=True)
class Reading:
    """One text (bytes as Latin-1), the steps found in it, and what is still to be read."""

    text: str
    steps: list[Step] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    pending: list[tuple[Node, Around]] = field(default_factory=list)
    texts: list[tuple[str, int]] = field(default_factory=list)
    pipelines: int = 0
    computes: bool = False
    reads_input: bool = False
    holds_code: bool = False

    def source(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]

    def new_pipeline(self) -> int:
        self.pipelines += 1
        return self.pipelines

    def notice(self, word: str) -> None:
        """Remember that a literal holds what arithmetic on it would run."""
        self.holds_code |= "$(" in word or "`" in word or "${" in word

    def check_arithmetic(self) -> None:
        """Raise where arithmetic may run commands out of the text that a variable holds."""
        if self.computes and (self.holds_code or self.reads_input):
            raise UnreadableError("it computes with text that may hold commands")

    def check_gaps(self, node: Node, newlines: bool = True) -> None:
        """Raise where anything but blanks stands between the children of a node."""
        allowed, at = _SPACE if newlines else _BLANK, node.start_byte
        for child in node.children:
            self._check_gap(allowed, at, child.start_byte)
            at = child.end_byte
        self._check_gap(allowed, at, node.end_byte)

    def _check_gap(self, allowed: re.Pattern[str], start: int, end: int) -> None:
        if start < end and not allowed.fullmatch(self.text, start, end):
            raise UnreadableError("part of it can't be read as shell syntax")


def adjacent(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Nodes in groups without a gap inside: each group is one word."""
    group: list[Node] = []
    for node in nodes:
        if group and node.start_byte != group[-1].end_byte:
            yield group
            group = []
        group.append(node)
    if group:
        yield group
