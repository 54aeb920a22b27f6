"""From amounts to places in a chart, and the amounts at its ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

LEAST, MOST = 1e-9, 1e300
"""The amounts that can be told apart: beyond, floating point gives out."""


@dataclass(frozen=True, slots=True)
class LogScale:
    """A logarithmic axis from `low` to `high`, laid out from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value, kept within the axis."""
        value = min(max(value, self.low), self.high)
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + part * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """The values to label: 1, 2, 5, 10 and so on; only powers of ten over many decades."""
        decades = math.log10(self.high / self.low)
        factors = (1, 2, 5) if decades <= 2.4 else (1, 3) if decades <= 3.4 else (1,)
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        step = max(1, math.ceil((last - first) / 8))
        return [
            value
            for power in range(first, last + 1, step)
            for factor in factors
            if self.low <= (value := factor * 10.0**power) <= self.high
        ]


def log_scale(values: Iterable[float], start: float, end: float) -> LogScale:
    """An axis that holds all of the values, which are above 0, with some room around them."""
    values = list(values)
    low, high = (min(values) / 1.4, max(values) * 1.4) if values else (100.0, 10_000.0)
    if high / low < 10:
        middle = math.sqrt(low * high)
        low, high = middle / math.sqrt(10), middle * math.sqrt(10)
    return LogScale(low, high, start, end)


def linear_ticks(high: float, most: int = 5) -> list[float]:
    """Round amounts from 0 to at least `high`, at most `most` of them and two."""
    if high < LEAST:
        return [0.0, 1.0]
    rough = high / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10, 20) if factor * power >= rough * 0.999999)
    return [step * count for count in range(math.ceil(high / step - 1e-9) + 1)]
