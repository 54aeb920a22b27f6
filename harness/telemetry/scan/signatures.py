"""Lists of deliverables as a profile of weights sees them: by how many there are of each sort."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.telemetry.deliverable import matching_rules, path_in
from harness.telemetry.profile import TableProfile
from harness.telemetry.sample import cut, is_cut
from harness.telemetry.scan.block import Block, Hashes, Numbers, mixed, seeds
from harness.telemetry.scan.dictionary import dictionary

_MOST_KNOWN = 1 << 17
_QUOTE, _COMMA, _SPACE, _OPEN, _CLOSE = b'", []'


class Signatures:
    """The signatures of lists of texts: those for which all of the profiles predict the same have one.

    Two texts are of a sort where the same rules of each profile match them.
    """

    def __init__(self, profiles: Sequence[TableProfile]) -> None:
        self._profiles = profiles
        # Of this process only and by chance, so that nobody can make two lists with one sum.
        self._code_of: dict[object, int] = {}
        self._codes: dict[int, int] = {}

    def of(self, block: Block, at: Numbers, length: Numbers) -> tuple[Hashes, NDArray[np.bool_]]:
        """(the signature of the list at each place, which places have one).

        A list has one where it has texts only, one at least, with a comma and at most a space between.
        """
        row, start, fits = _texts_in(block, at, length)
        length, hashes = block.texts(start, block.characters(start, 16), seeds(len(start)))
        different, index, which = dictionary(hashes)
        found = zip(different.tolist(), start[which].tolist(), length[which].tolist(), strict=True)
        codes = np.array([self._code(block, *one) for one in found], dtype=np.uint64)[index]
        counts = np.bincount(row, minlength=len(at))
        sums = np.zeros(len(at), dtype=np.uint64)
        filled = np.flatnonzero(counts)
        if len(filled):
            sums[filled] = np.add.reduceat(codes, (np.cumsum(counts) - counts)[filled])
        return mixed(sums, counts), fits

    def _code(self, block: Block, value: int, place: int, length: int) -> int:
        if value in self._codes:
            return self._codes[value]
        text = cut(block.data[place + 1 : place + length - 1].tobytes().decode("utf-8", "replace"))
        sort = is_cut(text), *(matching_rules(profile, path_in(text)) for profile in self._profiles)
        code = self._code_of.setdefault(sort, secrets.randbits(64))
        if len(self._codes) < _MOST_KNOWN:
            self._codes[value] = code
        return code


def _texts_in(block: Block, at: Numbers, length: Numbers) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """(the place in `at` of each text's list, where each text begins, which lists are plain ones)."""
    data, end = block.data, at + length
    low, high = int(at.min(initial=len(data))), int(end.max(initial=0))
    quotes = np.flatnonzero(data[low:high] == _QUOTE) + low
    first, last = np.searchsorted(quotes, at), np.searchsorted(quotes, end)
    fits = (
        (data[at] == _OPEN) & (data[at + 1] == _QUOTE) & (data[end - 2] == _QUOTE) & (data[end - 1] == _CLOSE)
    )
    fits &= (last - first) % 2 == 0
    count = (last - first) // 2 * fits
    row = np.repeat(np.arange(len(at)), count)
    inside = np.arange(len(row)) - (np.cumsum(count) - count)[row]
    opening = first[row] + 2 * inside
    start, stop = quotes[opening], quotes[opening + 1]
    # What stands between a text and the next one of its list.
    between = np.flatnonzero(inside[1:])
    gap, behind = start[between + 1] - stop[between], stop[between] + 1
    is_plain = (data[behind] == _COMMA) & ((gap == 2) | ((gap == 3) & (data[behind + 1] == _SPACE)))
    fits[row[between[~is_plain]]] = False
    keep = fits[row]
    return row[keep], start[keep], fits
