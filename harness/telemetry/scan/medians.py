"""The medians of millions of values in groups, found by counting first how large they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.telemetry.scan.block import Flags, Floats, Numbers

_MOST_BINS = 512
_ROOM = 1 << 20
"""Counts that are kept; of more groups there are fewer bins each."""
# 32 bins from each power of two to the next, for sixteen of them from 2**-8 on; others are in the outermost.
_SHIFT = 52 - 5
_LOWEST = int(np.float64(2.0**-8).view(np.int64)) >> _SHIFT
_PART = 1 << 18


class Binned:
    """Values that are not negative, put into bins by their size; a larger one is never in a lower bin.

    Those of the group after the last are in no median, whatever they are.
    """

    def __init__(self, groups: int, values: int) -> None:
        bins = min(_MOST_BINS, _ROOM // (groups + 1))
        self._bits = max(0, bins.bit_length() - 1)
        self._groups = groups
        self._place: Numbers = np.empty(values, dtype=np.int32 if groups < _ROOM else np.int64)

    def put(self, start: int, groups: Numbers, values: Floats) -> None:
        """The next values, from the place `start` on, and the group of each."""
        bins = values.view(np.int64) >> _SHIFT
        bins -= _LOWEST
        np.clip(bins, 0, _MOST_BINS - 1, out=bins)
        bins >>= _MOST_BINS.bit_length() - 1 - self._bits
        bins += groups.astype(np.int64) << self._bits
        self._place[start : start + len(values)] = bins

    def medians(self, kinds: Sequence[Numbers], values: Callable[[Numbers], Floats]) -> list[list[float]]:
        """For each kind the median of each stratum, NaN without values; of even numbers the mean of two.

        A kind has for each group the number of its stratum, of which none may be left out; `values` gives
        those at some places once more.
        """
        bins = 1 << self._bits
        counts = np.bincount(self._place, minlength=(self._groups + 1) * bins).reshape(-1, bins)
        middles = [_Middle.of(strata, counts[: self._groups]) for strata in kinds]
        wanted = np.zeros(counts.shape, dtype=np.bool_)
        every = np.arange(self._groups)
        for middle in middles:
            for bin_of in (middle.low, middle.high):
                wanted[every, bin_of[middle.strata]] = True
        near = self._all_in(wanted.reshape(-1))
        place = self._place[near]
        group, in_bin, found = place >> self._bits, place & (bins - 1), values(near)
        return [middle.among(group, in_bin, found) for middle in middles]

    def _all_in(self, wanted: Flags) -> Numbers:
        starts = range(0, len(self._place), _PART)
        found = [np.flatnonzero(wanted[self._place[start : start + _PART]]) + start for start in starts]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Middle:
    """Of each stratum the bins in which its middle two values are, and how many stand before these."""

    strata: Numbers
    total: Numbers
    low: Numbers
    high: Numbers
    before: Numbers

    @classmethod
    def of(cls, strata: Numbers, counts: Numbers) -> _Middle:
        """The middle of strata, given the stratum of each group and the counts of its bins."""
        order = np.argsort(strata, kind="stable")
        starts = np.searchsorted(strata[order], np.arange(int(strata.max(initial=-1)) + 1))
        by_stratum = np.add.reduceat(counts[order], starts, axis=0) if len(starts) else counts[:0]
        upto = by_stratum.cumsum(axis=1)
        total = upto[:, -1]
        low, high = (
            np.minimum((upto <= place[:, None]).sum(axis=1), counts.shape[1] - 1)
            for place in ((total - 1) // 2, total // 2)
        )
        which = np.arange(len(total))
        return cls(strata, total, low, high, upto[which, low] - by_stratum[which, low])

    def among(self, group: Numbers, in_bin: Numbers, values: Floats) -> list[float]:
        """The median of each stratum, given all values of its two bins, among others."""
        stratum = self.strata[group]
        near = np.flatnonzero((in_bin == self.low[stratum]) | (in_bin == self.high[stratum]))
        stratum = stratum[near]
        near = near[np.argsort(stratum, kind="stable")]
        parts = np.split(values[near], np.cumsum(np.bincount(stratum, minlength=len(self.total)))[:-1])
        places = zip(parts, self.total.tolist(), self.before.tolist(), strict=False)
        return [_median(part, total, before) for part, total, before in places]


def _median(values: Floats, total: int, before: int) -> float:
    """The median of `total` values, given the middle ones; `before` are smaller than all of these."""
    if not total:
        return float("nan")
    low, high = (total - 1) // 2 - before, total // 2 - before
    ordered = np.partition(values, (low, high))
    return float(ordered[low] if low == high else (ordered[low] + ordered[high]) / 2)
