"""The figures of a replay over columns of numbers; the same as `replay` has them over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.telemetry import strata
from harness.telemetry.measures import Figures
from harness.telemetry.replay import LowerBounds, Strata
from harness.telemetry.scan.block import UNKNOWN, Flags, Floats, Numbers
from harness.telemetry.scan.medians import Binned

_PART = 1 << 18
_UNDER, _HAS_INTERVAL, _WITHIN, _ALL_FLAGS = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions beside actual tokens; both bounds are UNKNOWN where no interval was told."""

    predicted: Numbers
    actual: Numbers
    lower: Numbers
    upper: Numbers

    def smape(self, which: slice | Numbers) -> Floats:
        """The errors of some, in percent."""
        p, a = self.predicted[which], self.actual[which]
        errors: Floats = np.abs(a - p) / ((a + p) / 2) * 100
        return errors

    def waste(self, which: slice | Numbers) -> Floats:
        """The waste ratios of some."""
        ratios: Floats = self.predicted[which] / self.actual[which]
        return ratios

    def flags(self, which: slice) -> Numbers:
        """Whether some were below what was used, have an interval, and one that held, as bits."""
        p, a, low, high = (c[which] for c in (self.predicted, self.actual, self.lower, self.upper))
        has_interval = (low != UNKNOWN) & (high != UNKNOWN)
        within = has_interval & (low <= a) & (a <= high)
        bits: Numbers = (a > p) * np.int64(_UNDER) + has_interval * np.int64(_HAS_INTERVAL)
        bits += within * np.int64(_WITHIN)
        return bits


class Cells:
    """Rows by cell: those of one are in the same stratum of every kind.

    `names` has for each group its stratum of each kind, `group` the group of each row; only rows that are
    `counted` are in the figures.
    """

    def __init__(self, names: Sequence[tuple[str, ...]], group: Numbers, counted: Flags) -> None:
        group = np.where(counted, group, len(names))
        present = np.flatnonzero(np.bincount(group, minlength=len(names) + 1)[:-1]).tolist()
        cells = sorted({names[number] for number in present})
        place = {cell: index for index, cell in enumerate(cells)}
        # What doesn't count is in a cell behind the last. The smallest type, as there are millions.
        code = np.full(len(names) + 1, len(cells), dtype=np.min_scalar_type(len(cells)))
        code[present] = [place[names[number]] for number in present]
        self._code = code[group]
        self._count = len(cells)
        self._kinds = [_numbered(kind, [cell[n] for cell in cells]) for n, kind in enumerate(strata.KINDS)]

    def figures(self, rows: Predictions, judgeable: Flags | None = None) -> tuple[Figures, Strata]:
        """The figures of all rows that count and are `judgeable`, and by stratum."""
        code = self._code
        if judgeable is not None and not judgeable.all():
            code = np.where(judgeable, code, code.dtype.type(self._count))
        sums = _Sums(rows, code, self._count)
        everything = np.zeros(self._count, dtype=np.int64)
        whole, *by_kind = sums.figures([everything, *(numbers for _, numbers in self._kinds)])
        found = [
            dict(zip(shown, figures, strict=True))
            for (shown, _), figures in zip(self._kinds, by_kind, strict=True)
        ]
        return whole[0] if whole else Figures(0), dict(zip(strata.KINDS, found, strict=True))


def _numbered(kind: str, of_cells: Sequence[str]) -> tuple[list[str], Numbers]:
    """(the strata of a kind, for each cell the number of its own among them)."""
    names = strata.ordered(kind, of_cells)
    place = {name: number for number, name in enumerate(names)}
    return names, np.array([place[name] for name in of_cells], dtype=np.int64)


class _Sums:
    """What adds up, added up by cell; rows of the cell behind the last are left out."""

    def __init__(self, rows: Predictions, code: Numbers, cells: int) -> None:
        self._rows = rows
        self._smape, self._waste = (Binned(cells, len(code)) for _ in range(2))
        self._errors = np.zeros(cells)
        self._flags = np.zeros((cells, _ALL_FLAGS), dtype=np.int64)
        # Part by part, which stays near the processor; as large as what is added up, where that is much.
        size = max(_PART, cells)
        for start in range(0, len(code), size):
            self._add(start, code[start : start + size])

    def _add(self, start: int, code: Numbers) -> None:
        part = slice(start, start + len(code))
        # Those left out may have used nothing, or nobody knows what.
        with np.errstate(divide="ignore", invalid="ignore"):
            smape, waste = self._rows.smape(part), self._rows.waste(part)
        self._smape.put(start, code, smape)
        self._waste.put(start, code, waste)
        cells = len(self._errors)
        code = code.astype(np.int64)
        self._errors += np.bincount(code, smape, cells + 1)[:cells]
        flags = self._rows.flags(part) + code * _ALL_FLAGS
        self._flags += np.bincount(flags, minlength=(cells + 1) * _ALL_FLAGS).reshape(-1, _ALL_FLAGS)[:cells]

    def figures(self, kinds: Sequence[Numbers]) -> list[list[Figures]]:
        """For each kind, given as the stratum of each cell, the figures of each stratum."""
        smape = self._smape.medians(kinds, self._rows.smape)
        waste = self._waste.medians(kinds, self._rows.waste)
        return [
            list(map(_figures, *self._added(kind), *medians))
            for kind, *medians in zip(kinds, smape, waste, strict=True)
        ]

    def _added(self, strata: Numbers) -> tuple[list[float], list[list[int]]]:
        """(the errors of each stratum, how many of its rows have which flags)."""
        count = int(strata.max(initial=-1)) + 1
        flags = np.zeros((count, _ALL_FLAGS), dtype=np.int64)
        np.add.at(flags, strata, self._flags)
        return np.bincount(strata, self._errors, count).tolist(), flags.tolist()


def _figures(errors: float, flags: Sequence[int], smape: float, waste: float) -> Figures:
    count, intervals = sum(flags), _having(_HAS_INTERVAL, flags)
    if not count:
        return Figures(0)
    return Figures(
        samples=count,
        mean_smape=errors / count,
        median_smape=smape,
        median_waste_ratio=waste,
        underestimation_rate=_having(_UNDER, flags) / count,
        interval_coverage=_having(_WITHIN, flags) / intervals if intervals else None,
    )


def _having(flag: int, flags: Sequence[int]) -> int:
    return sum(count for bits, count in enumerate(flags) if bits & flag)


def lower_bounds(predicted: Numbers, actual: Numbers) -> LowerBounds:
    """What truncated rows tell; `actual` is UNKNOWN where it isn't known."""
    known = actual != UNKNOWN
    return LowerBounds(
        count=len(predicted),
        mean_predicted=float(np.mean(predicted)) if len(predicted) else None,
        mean_actual=float(np.mean(actual[known])) if known.any() else None,
        underestimation_rate=share(actual[known] > predicted[known]),
    )


def share(flags: Flags | Numbers) -> float | None:
    """The share of flags that are true, as a fraction; None without any."""
    return float(np.mean(flags)) if len(flags) else None
