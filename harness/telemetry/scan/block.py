"""Lines of bytes looked at in columns: the same place of many rows at once, as words of eight bytes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]
Words = NDArray[np.uint64]
Hashes = NDArray[np.uint64]

LONGEST = 1 << 14
"""Bytes of a value; one that is longer is left to the reader."""
PADDING = 1 << 20
"""Bytes behind the lines of a block, so that no row can be looked for past the end."""
ZEROS = np.uint64(0x3030303030303030)
_NOT_DIGIT = np.uint64(0x7676767676767676)
_HIGH = np.uint64(0x8080808080808080)
_ONE, _SEVEN, _ALL = np.uint64(1), np.uint64(7), np.uint64(0xFF)
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)
_FOLD = np.uint64(29)
# Of this process only, so that nobody can make two values with one hash.
_SEED, _FACTOR = (np.uint64(secrets.randbits(64) | 1) for _ in range(2))


class Block:
    """Lines in one array, followed by `PADDING` bytes of anything."""

    def __init__(self, data: Bytes) -> None:
        self.data = data
        self._views = {
            size: np.ndarray((len(data) - size,), f"V{size}", data.data, 0, (1,)) for size in (8, 16, 32, 64)
        }

    @classmethod
    def of(cls, data: bytes) -> Block:
        """A block of some bytes."""
        return cls(np.frombuffer(data + bytes(PADDING), dtype=np.uint8))

    def characters(self, at: Numbers, size: int) -> Bytes:
        """The `size` bytes (8, 16, 32 or 64) at each place, of shape (places, size)."""
        return self._views[size][at].view(np.uint8).reshape(len(at), size)

    def words(self, at: Numbers, size: int) -> Words:
        """The same as words, the first byte being the lowest, of shape (places, size / 8)."""
        return self._views[size][at].view("<u8").reshape(len(at), size // 8)

    def length_to(self, at: Numbers, wanted: int) -> Numbers:
        """How many bytes there are before the next one that is `wanted`; LONGEST or more without any."""
        found = first(self.characters(at, 16) == wanted)
        rest = np.flatnonzero(found == 16)
        step = 16
        while len(rest) and step < LONGEST:
            more = first(self.characters(at[rest] + step, 64) == wanted)
            found[rest] = step + more
            rest = rest[more == 64]
            step += 64
        return found

    def length_of_nested(self, at: Numbers) -> Numbers:
        """The bytes of an array of texts or flat objects, or of a flat object; see `_closing`."""
        found = np.full(len(at), LONGEST, dtype=np.int64)
        rest, step = np.arange(len(at)), 0
        is_array = self.data[at] == ord("[")
        while len(rest) and step < LONGEST:
            more = first(_closing(self.characters(at[rest] + step, 64), is_array[rest]))
            done = more < 64
            found[rest[done]] = step + more[done] + 1
            # A byte is looked at twice, as the one before the closing one counts.
            rest, step = rest[~done], step + 63
        return found

    def hashed(self, hashes: Hashes, at: Numbers, length: Numbers, *, merge_digits: bool = False) -> Hashes:
        """Hashes continued by a span of each row; with `merge_digits` all digits are the same."""
        hashes = _mixed(hashes, length.view(np.uint64))
        rest, step, size = np.arange(len(at)), 0, 16
        while len(rest):
            everything = len(rest) == len(at)
            mine = hashes if everything else hashes[rest]
            left = length if everything else length[rest]
            words = self.words((at if everything else at[rest]) + step, size)
            for column in range(size // 8):
                word = words[:, column] & _MASKS.take(left - (step + 8 * column), mode="clip")
                mine = _mixed(mine, without_digits(word) if merge_digits else word)
            if everything:
                hashes = mine
            else:
                hashes[rest] = mine
            step, size = step + size, 64
            rest = rest[left > step]
        return hashes


def seeds(count: int) -> Hashes:
    """The hashes of nothing."""
    return np.full(count, _SEED, dtype=np.uint64)


def hashed_numbers(hashes: Hashes, numbers: Numbers) -> Hashes:
    """Hashes continued by a number of each row."""
    return _mixed(hashes, numbers.view(np.uint64))


def keys(attempts: Sequence[tuple[str, str, int]]) -> Hashes:
    """The hashes of (run, phase, attempt) as they are for the values of rows."""
    hashes = seeds(len(attempts))
    for place in (0, 1):
        texts = [str(attempt[place]).encode("utf-8", "surrogatepass") for attempt in attempts]
        length = np.array([len(text) for text in texts], dtype=np.int64)
        hashes = Block.of(b"".join(texts)).hashed(hashes, np.cumsum(length) - length, length)
    return hashed_numbers(hashes, np.array([attempt[2] for attempt in attempts], dtype=np.int64))


def first(flags: NDArray[np.bool_]) -> Numbers:
    """For each row of 16, 32 or 64 flags the place of the first that is set; their number without any."""
    bits = np.packbits(flags.reshape(-1), bitorder="little").view(f"<u{flags.shape[1] // 8}")
    return np.bitwise_count((bits & -bits) - bits.dtype.type(1)).astype(np.int64)


def digits(words: Words) -> tuple[Words, Words]:
    """(how many digits words begin with, the number these are)."""
    values = words ^ ZEROS
    others = ((values + _NOT_DIGIT) | values) & _HIGH
    count = (np.bitwise_count((others & -others) - _ONE) >> np.uint8(3)).astype(np.uint64)
    values <<= np.uint64(64) - (count << np.uint64(3))
    values = values * np.uint64(10) + (values >> np.uint64(8))
    low = np.uint64(0x000000FF000000FF)
    values = (values & low) * np.uint64(0x000F424000000064) + (
        (values >> np.uint64(16)) & low
    ) * np.uint64(0x0000271000000001)
    return count, values >> np.uint64(32)


def without_digits(words: Words) -> Words:
    """Words with a 0 for each digit."""
    values = words ^ ZEROS
    others = ((values + _NOT_DIGIT) | values) & _HIGH
    which = ((others ^ _HIGH) >> _SEVEN) * _ALL
    return (words & ~which) | (ZEROS & which)


def _mixed(hashes: Hashes, words: Words) -> Hashes:
    hashes = (hashes ^ words) * _FACTOR
    hashes ^= hashes >> _FOLD
    return hashes


def _closing(characters: Bytes, is_array: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where an array or flat object may end: at a bracket behind a quote or bracket, at a brace.

    What it takes for the end is only right where the next key follows; the reader has looked at such a row.
    """
    end = np.zeros(characters.shape, dtype=np.bool_)
    before = characters[:, :-1]
    end[:, 1:] = (before == ord('"')) | (before == ord("}")) | (before == ord("["))
    end &= characters == ord("]")
    if not is_array.all():
        end = np.where(is_array[:, None], end, characters == ord("}"))
    return end
