"""A file as blocks of whole lines, and where these begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from harness.telemetry.scan.block import PADDING, Block, Bytes, Numbers

SIZE = 4 << 20
"""Bytes of a block: few enough to stay near the processor, and enough to make little of Python's part."""
_LINE_FEED, _RETURN, _BACKSLASH, _SPACE = 10, 13, 92, 32


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines: `ends` are where the next one begins; the last may have no line feed in the file."""

    block: Block
    ends: Numbers
    odd: Numbers
    torn: bool

    @property
    def starts(self) -> Numbers:
        """Where each line begins."""
        return np.concatenate([np.zeros(1, dtype=np.int64), self.ends[:-1]])

    def line(self, number: int) -> bytes:
        """A line as it stands in the file."""
        last = number == len(self.ends) - 1
        start = int(self.ends[number - 1]) if number else 0
        return self.block.data[start : int(self.ends[number]) - (last and self.torn)].tobytes()


def each_block(stream: BinaryIO, size: int = SIZE) -> Iterator[tuple[Bytes, int, bool]]:
    """(an array, how many bytes of it are whole lines, whether their last line feed isn't in the file)."""
    rest = np.empty(0, dtype=np.uint8)
    while True:
        data = np.empty(max(size, 2 * len(rest)) + PADDING, dtype=np.uint8)
        data[: len(rest)] = rest
        room = memoryview(data)[len(rest) : len(data) - PADDING]
        filled = len(rest) + _fill(stream, room)
        if filled < len(data) - PADDING:
            if filled:
                torn = bool(data[filled - 1] != _LINE_FEED)
                data[filled] = _LINE_FEED
                yield data, filled + torn, torn
            return
        end = _after_last_line_feed(data[:filled])
        rest = data[end:filled].copy()
        if end:
            yield data, end, False


def lines_of(data: Bytes, end: int, torn: bool) -> Lines:
    """The lines in the first `end` bytes, of which the last is a line feed.

    `odd` are the lines with bytes that make a value mean something else than itself: control characters,
    backslashes, and what isn't ASCII.
    """
    data[end : end + 8] = _SPACE
    control = _places(data[: -(-end // 8) * 8] < _SPACE)
    is_end = data[control] == _LINE_FEED
    ends, others = control[is_end], control[~is_end]
    if len(others):
        others = others[(data[others] != _RETURN) | (data[others + 1] != _LINE_FEED)]
    whole = data[:end]
    odd = [others]
    if int(whole.max()) > 127:
        odd.append(np.flatnonzero(whole > 127))
    backslash = whole == _BACKSLASH
    if backslash.any():
        odd.append(np.flatnonzero(backslash))
    which = np.unique(np.searchsorted(ends, np.concatenate(odd)))
    return Lines(Block(data), ends + 1, which, torn)


def _places(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Numbers:
    """Where flags are set, of which few are."""
    words = flags.view("<u8")
    which = np.flatnonzero(words != 0)
    word = words[which]
    if bool((np.bitwise_count(word) == 1).all()):
        return which * 8 + (np.bitwise_count(word - np.uint64(1)) >> np.uint8(3))
    return np.flatnonzero(flags)


def _fill(stream: BinaryIO, room: memoryview) -> int:
    """How many bytes were read; fewer than there is room for at the end of the file only."""
    filled = 0
    while filled < len(room) and (count := stream.readinto(room[filled:])):  # type: ignore[attr-defined]
        filled += count
    return filled


def _after_last_line_feed(data: Bytes) -> int:
    window = 1 << 12
    while True:
        found = np.flatnonzero(data[-window:] == _LINE_FEED)
        if len(found):
            return max(0, len(data) - window) + int(found[-1]) + 1
        if window >= len(data):
            return 0
        window *= 8
