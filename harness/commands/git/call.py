"""One git subcommand as it was called, for the rules that look at its operands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.commands.model import Refusal
from harness.commands.options import Parsed
from harness.commands.scene import Scene


@dataclass(frozen=True, slots=True)
class Call:
    """One subcommand as it was called."""

    name: str
    parsed: Parsed
    words: list[str]
    scene: Scene

    @property
    def operands(self) -> list[str]:
        return self.parsed.all_operands


Judged = Iterator[Refusal]
