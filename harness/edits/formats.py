"""What every format of edits is: something that recognises a reply, and something that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.edits.limits import Limits
from harness.edits.model import OperationEdits, PatchEdits, Repair, Unusable


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as its bytes stand, cut into lines at `\\n` alone.

    `lines` are decoded as Latin-1, a character a byte, so any bytes will do; they have no line end,
    and there is none for the nothing after a last `\\n`. `truncated` is the agent's own word.
    `repairs` are those already made (a byte-order mark dropped).
    """

    data: bytes
    lines: tuple[str, ...]
    truncated: bool
    repairs: tuple[Repair, ...]
    limits: Limits

    @classmethod
    def of(cls, data: bytes, truncated: bool, repairs: tuple[Repair, ...], limits: Limits) -> Reply:
        lines = data.decode("latin-1").split("\n")
        if not lines[-1]:
            lines.pop()
        return cls(data, tuple(lines), truncated, repairs, limits)


@dataclass(frozen=True, slots=True)
class FormatSign:
    """Where a format was seen (a line, from 1), and whether that alone settles it."""

    line: int
    sure: bool


class Format(Protocol):
    """One format: `sign` is None where nothing speaks for it; `read` never raises."""

    name: str

    def sign(self, reply: Reply) -> FormatSign | None: ...

    def read(self, reply: Reply) -> OperationEdits | PatchEdits | Unusable: ...


def is_fence(line: str) -> bool:
    """Whether a line opens or closes a fenced block, as Markdown writes it."""
    return line.lstrip(" \t").startswith(("```", "~~~"))
