"""A file as blocks of whole lines, and where these begin."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from harness.telemetry.reader import LONGEST_ROW
from harness.telemetry.scan.block import PADDING, Block, Bytes, Numbers

SIZE = 3 << 20
"""Bytes of a block: few enough to stay near the processor, and enough to make little of Python's part."""
_LINE_FEED, _RETURN, _BACKSLASH, _SPACE, _LAST_ASCII = 10, 13, 92, 32, 127
_PART = 1 << 18
_PARKING = np.frombuffer(b'"' * 128 + b"]}" * 32, dtype=np.uint8)
"""Behind a block: whatever value is looked for here ends at once."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines: `ends` are where the next one begins; the last may have no line feed in the file.

    At `parking` stands what no row is, for the lines that turned out to be of another form.
    """

    block: Block
    ends: Numbers
    odd: Numbers
    torn: bool
    parking: int

    @property
    def starts(self) -> Numbers:
        """Where each line begins."""
        return np.concatenate([np.zeros(1, dtype=np.int64), self.ends[:-1]])

    def line(self, number: int) -> bytes:
        """A line as it stands in the file."""
        last = number == len(self.ends) - 1
        start = int(self.ends[number - 1]) if number else 0
        return self.block.data[start : int(self.ends[number]) - (last and self.torn)].tobytes()


def each_block(stream: BinaryIO, left: int, size: int) -> Iterator[tuple[Bytes, int, bool]]:
    """Of the next `left` bytes (an array, how many bytes of it are whole lines, whether one is torn).

    A torn line, which can only be the last, has no line feed in the file, but in the array. Of a line longer
    than a row may be there is no more than shows that it is. The array is used again for the next ones.
    """
    data = np.empty(size + PADDING, dtype=np.uint8)
    kept = 0
    while True:
        room = data.data[kept : min(len(data) - PADDING, kept + left)]
        count = _fill(stream, room)
        filled, left = kept + count, left - count
        if count < len(room) or not left:
            if filled:
                torn = bool(data[filled - 1] != _LINE_FEED)
                data[filled] = _LINE_FEED
                yield data, filled + torn, torn
            return
        end = _after_last_line_feed(data[:filled])
        if not end and filled > LONGEST_ROW:
            left, torn = _after_line(stream, left)
            data[LONGEST_ROW + 1] = _LINE_FEED
            yield data, LONGEST_ROW + 2, torn
            if torn:
                return
            kept = 0
            continue
        rest = data[end:filled].copy()
        if end:
            yield data, end, False
        else:
            data = np.empty(2 * len(rest) + PADDING, dtype=np.uint8)
        kept = len(rest)
        data[:kept] = rest


def lines_of(data: Bytes, end: int, torn: bool) -> Lines:
    """The lines in the first `end` bytes, of which the last is a line feed.

    `odd` are the lines with bytes that make a value mean something else than itself (control characters,
    backslashes, and what isn't ASCII), as often as they have some.
    """
    data[end : end + 8] = _SPACE
    parking = end + 8
    data[parking : parking + len(_PARKING)] = _PARKING
    found, odd = [], []
    # Part by part, so that what is in between stays near the processor.
    for start in range(0, end, _PART):
        part = data[start : min(start + _PART, -(-end // 8) * 8)]
        found.append(_places(part < _SPACE) + start)
        if int(part.max()) > _LAST_ASCII or bool((part == _BACKSLASH).any()):
            odd.append(np.flatnonzero((part > _LAST_ASCII) | (part == _BACKSLASH)) + start)
    control = np.concatenate(found)
    is_end = data[control] == _LINE_FEED
    ends, others = control[is_end], control[~is_end]
    odd.append(others[(data[others] != _RETURN) | (data[others + 1] != _LINE_FEED)])
    which = np.searchsorted(ends, np.concatenate(odd))
    return Lines(Block(data), ends + 1, which, torn, parking)


def _places(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Numbers:
    """Where flags are set, of which few are."""
    words = flags.view("<u8")
    which = np.flatnonzero(words != 0)
    word = words[which]
    if bool((np.bitwise_count(word) == 1).all()):
        return which * 8 + (np.bitwise_count(word - np.uint64(1)) >> np.uint8(3))
    return np.flatnonzero(flags)


def _after_line(stream: BinaryIO, left: int) -> tuple[int, bool]:
    """Go on behind the next line feed; (how much is left then, whether there was none)."""
    while left and (chunk := stream.read(min(left, _PART))):
        found = chunk.find(b"\n") + 1
        if found:
            stream.seek(found - len(chunk), os.SEEK_CUR)
            return left - found, False
        left -= len(chunk)
    return left, True


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
