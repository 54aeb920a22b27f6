"""The lines of a file that the hunks of a diff have not taken yet."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from harness.edits.block_match import Fit
from harness.edits.repairs import Repair
from harness.edits.text_work import Work

MOST_PLACES = 3
# What a search costs beside the characters of the file: for its lines, and for the hunks before.
_LINE_COST = 64
_HUNK_COST = 4096
_STEP_COST = 64

Matcher = Callable[[Sequence[str]], list[Fit]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A hunk in its place, from the line `start` of the file (an index) up to `end`.

    `lines` have their signs; those kept or removed are the file's own. With no `repairs` the hunk stands,
    as it is, where git looks first.
    """

    start: int
    end: int
    added: int
    removed: int
    lines: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()

    @classmethod
    def of(cls, start: int, lines: Sequence[str]) -> Placed:
        signs = [line[0] for line in lines]
        added = signs.count("+")
        return cls(start, start + len(lines) - added, added, signs.count("-"), tuple(lines))

    @property
    def growth(self) -> int:
        """How many lines longer the file becomes."""
        return self.added - self.removed


@dataclass(slots=True)
class FreeLines:
    """A file's lines, as `diff_hunks` writes them, and the hunks placed in it, sorted by their place.

    What a hunk has taken, its context included, no other can take; git has it so. `size` is the file's
    length in characters.
    """

    lines: Sequence[str]
    size: int
    work: Work
    placed: list[Placed] = field(default_factory=list)
    growth: int = 0

    def take(self, placed: Placed) -> None:
        insort(self.placed, placed, key=_start)
        self.growth += placed.growth

    def expected(self, index: int) -> int | None:
        """The line that has this index after the changes so far; None if a hunk has put it there.

        Raises `Rejection`, as hunks that aren't in order cost time.
        """
        if not self.placed or index - self.growth >= self.placed[-1].end:
            return index - self.growth
        self.work.spend(_STEP_COST * len(self.placed))
        for other in self.placed:
            if index < other.start:
                return index
            if index < other.end + other.growth:
                return None
            index -= other.growth
        return index

    def has(self, start: int, block: Sequence[str]) -> bool:
        """Whether the block's lines stand there, and are free."""
        end = start + len(block)
        if start < 0 or list(self.lines[start:end]) != block:
            return False
        at = bisect_left(self.placed, start, key=_start)
        before, behind = self.placed[max(at - 1, 0) : at], self.placed[at : at + 1]
        return all(other.end <= start for other in before) and all(other.start >= end for other in behind)

    def fits(self, matcher: Matcher) -> list[Fit]:
        """Up to three places among the free lines. Raises `Rejection` where that costs too much."""
        self.work.spend(self.size + _LINE_COST * len(self.lines) + _HUNK_COST * len(self.placed))
        found: list[Fit] = []
        begin = 0
        for end, after in [*((other.start, other.end) for other in self.placed), (len(self.lines), 0)]:
            found += [replace(fit, start=fit.start + begin) for fit in matcher(self.lines[begin:end])]
            begin = after
            if len(found) >= MOST_PLACES:
                break
        return found[:MOST_PLACES]


def _start(placed: Placed) -> int:
    return placed.start
