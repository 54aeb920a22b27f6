"""Lines of bytes looked at in columns: the same place of many rows at once, as words of eight bytes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.telemetry.sample import Identity

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]
Hashes = NDArray[np.uint64]

UNKNOWN = -1
"""In a column of counts or flags: not known."""
LONGEST = 1 << 14
"""Bytes of a value; one that is longer is left to the reader."""
PADDING = 1 << 20
"""Bytes behind the lines of a block, so that no row can be looked for past the end."""
ZEROS = np.uint64(0x3030303030303030)
_NOT_DIGIT = np.uint64(0x7676767676767676)
_HIGH = np.uint64(0x8080808080808080)
_ONE = np.uint64(1)
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

    def length_to(self, at: Numbers, wanted: int, ahead: Bytes | None = None) -> Numbers:
        """How many bytes there are before the next one that is `wanted`; LONGEST or more without any.

        `ahead` are the first 16 bytes where they are at hand.
        """
        found = first((self.characters(at, 16) if ahead is None else ahead) == wanted)
        rest = np.flatnonzero(found == 16)
        step = 16
        while len(rest) and step < LONGEST:
            more = first(self.characters(at[rest] + step, 64) == wanted)
            found[rest] = step + more
            rest = rest[more == 64]
            step += 64
        return found

    def length_of_texts(self, at: Numbers, ahead: Bytes) -> Numbers:
        """The length of the text at each place, with its quotes; `ahead` are its first 16 bytes."""
        quotes = ahead == ord('"')
        quotes[:, 0] = False
        length = first(quotes) + 1
        rest = np.flatnonzero(length > 16)
        if len(rest):
            length[rest] = self.length_to(at[rest] + 16, ord('"')) + 17
        return length

    def texts(self, at: Numbers, ahead: Bytes, hashes: Hashes) -> tuple[Numbers, Hashes]:
        """(the length of the text at each place, with its quotes; hashes continued by it)."""
        length = self.length_of_texts(at, ahead)
        short = length <= 16
        words = ahead.view("<u8")
        hashes = mixed(hashes, words[:, 0] & _MASKS.take(length, mode="clip"))
        hashes = mixed(hashes, words[:, 1] & _MASKS.take(length - 8, mode="clip"))
        if not short.all():
            rest = np.flatnonzero(~short)
            more = length[rest] - 16
            # What is too long is refused by its length; its hash means nothing.
            hashes[rest] = self.hashed(hashes[rest], at[rest] + 16, more * (more < LONGEST))
        return length, hashes

    def length_of_nested(self, at: Numbers) -> Numbers:
        """The bytes of an array of texts or flat objects, or of a flat object; see `_closing`."""
        is_array = self.data[at] == ord("[")
        found = first(self.characters(at, 64) == ord("]")) + 1
        before = self.data[at + found - 2]
        rest = np.flatnonzero((found > 64) | ~is_array | ~((before == ord('"')) | (before == ord("["))))
        if len(rest):
            found[rest] = self._length_of_nested(at[rest], is_array[rest])
        return found

    def _length_of_nested(self, at: Numbers, is_array: NDArray[np.bool_]) -> Numbers:
        found = np.full(len(at), LONGEST, dtype=np.int64)
        rest, step = np.arange(len(at)), 0
        while len(rest) and step < LONGEST:
            more = first(_closing(self.characters(at[rest] + step, 64), is_array[rest]))
            done = more < 64
            found[rest[done]] = step + more[done] + 1
            # A byte is looked at twice, as the one before the closing one counts.
            rest, step = rest[~done], step + 63
        return found

    def hashed(self, hashes: Hashes, at: Numbers, length: Numbers) -> Hashes:
        """Hashes continued by a span of each row."""
        hashes = mixed(hashes, length.view(np.uint64))
        rest, step, size = np.arange(len(at)), 0, 16
        while len(rest):
            everything = len(rest) == len(at)
            mine = hashes if everything else hashes[rest]
            left = length if everything else length[rest]
            words = self.words((at if everything else at[rest]) + step, size)
            for column in range(size // 8):
                word = words[:, column] & _MASKS.take(left - (step + 8 * column), mode="clip")
                mine = mixed(mine, word)
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


def joined_keys(runs: Hashes, phases: Hashes, marks: Words) -> Hashes:
    """The hashes of identities, given those of the texts; a mark is an attempt, or what `timed` makes."""
    return mixed(mixed(runs * _SEED, phases), marks)


def timed(times: Hashes, predicted: Numbers, actual: Numbers) -> Hashes:
    """The marks of rows without an attempt, given the hashes of their times, and their tokens."""
    return mixed(mixed(times, predicted), actual)


def keys(identities: Sequence[Identity]) -> Hashes:
    """The same for values that were read already."""
    marks = np.array([one[2] % (1 << 63) if len(one) == 3 else 0 for one in identities], dtype=np.uint64)
    times = [one[2:] for one in identities if len(one) == 5]
    marks[[len(one) == 5 for one in identities]] = timed(
        _hashes_of([time for time, _, _ in times]),
        np.array([predicted for _, predicted, _ in times], dtype=np.int64),
        np.array([actual for *_, actual in times], dtype=np.int64),
    )
    return joined_keys(
        _hashes_of([one[0] for one in identities]), _hashes_of([one[1] for one in identities]), marks
    )


def _hashes_of(texts: Sequence[str]) -> Hashes:
    """Of texts as they stand in a row, in quotes."""
    encoded = [json.dumps(text).encode() for text in texts]
    length = np.array([len(text) for text in encoded], dtype=np.int64)
    block, at = Block.of(b"".join(encoded)), np.cumsum(length) - length
    _, hashes = block.texts(at, block.characters(at, 16), seeds(len(texts)))
    return hashes


def first(flags: NDArray[np.bool_]) -> Numbers:
    """For each row of 16, 32 or 64 flags the place of the first that is set; their number without any."""
    bits = np.packbits(flags.reshape(-1), bitorder="little").view(f"<u{flags.shape[1] // 8}")
    found: Numbers = np.bitwise_count((bits & -bits) - bits.dtype.type(1)).astype(np.int64)
    return found


def digits(words: Words) -> tuple[Words, Words]:
    """(how many digits words begin with, the number these are)."""
    values = words ^ ZEROS
    others = ((values + _NOT_DIGIT) | values) & _HIGH
    count = (np.bitwise_count((others & -others) - _ONE) >> np.uint8(3)).astype(np.uint64)
    values <<= np.uint64(64) - (count << np.uint64(3))
    values = values * np.uint64(10) + (values >> np.uint64(8))
    low = np.uint64(0x000000FF000000FF)
    values = (values & low) * np.uint64(0x000F424000000064) + ((values >> np.uint64(16)) & low) * np.uint64(
        0x0000271000000001
    )
    return count, values >> np.uint64(32)


def narrow(numbers: Numbers) -> Numbers:
    """Numbers in the smallest type in which they and sums of two of them fit: there are millions."""
    most = int(np.abs(numbers).max(initial=0))
    kind = next((kind for kind in (np.int8, np.int32) if 2 * most <= np.iinfo(kind).max), np.int64)
    return numbers.astype(kind)


def mixed(hashes: Hashes, words: Words | Numbers) -> Hashes:
    """Hashes continued by a word each."""
    hashes = (hashes ^ words.view(np.uint64)) * _FACTOR
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
