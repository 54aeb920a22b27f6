"""Which lines a block keeps: those of its new lines that are old ones, in linear time."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise


def kept_lines(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """The index of each new line that stays, with that of the old line it is; both only grow.

    Equal lines at the head and at the tail stay, and between them those that stand as often in the one
    as in the other, with the equal lines around them. Not always the most there could be: that
    would take quadratic time.
    """
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    kept = {index: index for index in range(head)}
    for n, o in _between(old[head : len(old) - tail], new[head : len(new) - tail]):
        kept[head + n] = head + o
    for back in range(tail, 0, -1):
        kept[len(new) - back] = len(old) - back
    return kept


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = zip(first, second, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _between(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of a new and an old index, both growing."""
    fixed = _longest_growing(_paired(old, new))
    done_new = done_old = 0
    for (n, o), (next_n, next_o) in pairwise([*fixed, (len(new), len(old))]):
        first_n, first_o = n, o
        while first_n > done_new and first_o > done_old and new[first_n - 1] == old[first_o - 1]:
            first_n, first_o = first_n - 1, first_o - 1
        done_new, done_old = n + 1, o + 1
        while done_new < next_n and done_old < next_o and new[done_new] == old[done_old]:
            done_new, done_old = done_new + 1, done_old + 1
        yield from zip(range(first_n, done_new), range(first_o, done_old), strict=True)


def _paired(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that stand equally often in both: the first with the first, the second with the second."""
    before, after = Counter(old), Counter(new)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(old):
        places[line].append(index)
    turns = {line: iter(found) for line, found in places.items() if before[line] == after[line]}
    return [(index, next(turns[line])) for index, line in enumerate(new) if line in turns]


def _longest_growing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs (their first members grow) whose second members grow too."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        at[length : length + 1] = [index]
    found: list[tuple[int, int]] = []
    index = at[-1] if at else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]
