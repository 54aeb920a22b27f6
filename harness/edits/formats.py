"""What every format of edits is: something that recognises a reply, and something that reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from harness.edits.limits import Limits
from harness.edits.model import OperationEdits, PatchEdits, Unusable
from harness.edits.repairs import Repair

_BLANKS = " \t\r"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as its bytes stand, cut into lines at `\\n` alone.

    `lines` are decoded as Latin-1, a character a byte, so any bytes will do; they have no line end,
    and there is none for the nothing after a last `\\n`. `truncated` is the agent's own word.
    `starts` are the characters its lines begin with, behind blanks. `repairs` are those already made
    (a byte-order mark dropped). Under `strict` only the framing
    repairs (`repairs.FRAMING`) may be made.
    """

    data: bytes
    lines: tuple[str, ...]
    truncated: bool
    repairs: tuple[Repair, ...]
    limits: Limits
    strict: bool = False
    starts: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        data: bytes,
        truncated: bool,
        repairs: tuple[Repair, ...],
        limits: Limits,
        strict: bool = False,
    ) -> Reply:
        lines = data.decode("latin-1").split("\n")
        if not lines[-1]:
            lines.pop()
        starts = frozenset(line.lstrip(_BLANKS)[:1] for line in lines)
        return cls(data, tuple(lines), truncated, repairs, limits, strict, starts)

    def may_hold(self, format_: Format) -> bool:
        """Whether a line begins as the format's lines do; far cheaper than to look at each."""
        return not format_.starts or not self.starts.isdisjoint(format_.starts)

    def blanked(self, spans: Sequence[tuple[int, int]]) -> Reply:
        """The reply with nothing in these stretches of lines, to look for evidence elsewhere."""
        lines = list(self.lines)
        for first, last in spans:
            lines[first - 1 : last] = [""] * (last - first + 1)
        return replace(self, lines=tuple(lines))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a format: a line (from 1), and whether that alone settles it.

    `spans` are the stretches of lines (first and last, from 1) that the format owns whatever stands in
    them: what looks like other edits there is a file's content. Only a format that delimits raw content
    has any.
    """

    line: int
    sure: bool
    spans: tuple[tuple[int, int], ...] = ()


class Format(Protocol):
    """One format. Neither method raises, whatever the bytes.

    `starts` are the characters that, behind blanks, can begin a line that speaks for it ("": any);
    a reply without such a line isn't looked at. `evidence` reads `reply.lines` alone; None: nothing
    speaks for it. `read` is called only where there was evidence.
    """

    name: str
    starts: str

    def evidence(self, reply: Reply) -> Evidence | None: ...

    def read(self, reply: Reply) -> OperationEdits | PatchEdits | Unusable: ...


def is_fence(line: str) -> bool:
    """Whether a line opens or closes a fenced block, as Markdown writes it."""
    return line.lstrip(" \t").startswith(("```", "~~~"))
