"""The closed list of repairs: what may be read leniently, and is then named in the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

RepairName = Literal[
    "byte-order-mark",
    "fence",
    "prose",
    "crlf",
    "numbering",
    "final-newline",
    "array",
    "wrapper",
    "pretty-printed",
    "several-on-a-line",
    "trailing-comma",
    "python-literal",
    "json5",
    "control-character",
    "hunk-counts",
    "missing-prefix",
    "blank-context",
    "cut-file",
    "relocated",
    "whitespace",
    "indentation",
    "line-endings",
]

REPAIRS: frozenset[str] = frozenset(get_args(RepairName))

FRAMING: frozenset[RepairName] = frozenset(
    {
        "byte-order-mark",
        "fence",
        "prose",
        "crlf",
        "numbering",
        "final-newline",
        "array",
        "wrapper",
        "pretty-printed",
        "several-on-a-line",
    }
)
"""Repairs that only look past what stands around the edits; `--strict` keeps these alone."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair that was made, and its place: a line of the reply (from 1), or of the file at `path`."""

    name: RepairName
    line: int | None = None
    detail: str = ""
    path: str | None = None

    def told(self) -> str:
        """The repair in words: its name, its place and what it was."""
        where = f" in line {self.line}" if self.line is not None else ""
        where = f" at {self.path}:{self.line or 1}" if self.path is not None else where
        return f"{self.name}{where}" + (f": {self.detail}" if self.detail else "")
