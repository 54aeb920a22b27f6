"""Gates: limits the recorded figures must keep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.errors import UsageError

Bound = Literal["below", "at most", "at least"]

BOUNDS: dict[str, Bound] = {
    "mean_smape": "below",
    "median_waste_ratio": "below",
    "underestimation_rate": "at most",
    "truncation_rate": "at most",
    "interval_coverage": "at least",
}
"""What each gate asks of its figure."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A figure and its limit; `BOUNDS` says which side is right. A figure not known is not a pass."""

    name: str
    limit: float
    value: float | None
    passed: bool

    @property
    def reason(self) -> str:
        """What is asked and what is, in one line."""
        bound = f"it must be {BOUNDS[self.name]} {self.limit:g}"
        if self.value is None:
            return f"{self.name} is not known, as no sample has it; {bound}"
        return f"{self.name} is {self.told}, {bound}"

    @property
    def told(self) -> str:
        """The figure as people read it: percentages with one digit, the rest with more; "" not known."""
        if self.value is None:
            return ""
        rounded = f"{self.value:.1f}" if self.name == "mean_smape" else f"{self.value:.3g}"
        # Rounded, a figure may look as if it were on the other side of its limit.
        is_true = _keeps(BOUNDS[self.name], self.limit, float(rounded)) is self.passed
        return rounded if is_true else repr(self.value)


def parse_limit(text: str) -> float:
    """The limit given on the command line, in percent; UsageError `bad-gate` where it isn't one."""
    try:
        limit = float(text)
    except ValueError:
        limit = math.nan
    if not (math.isfinite(limit) and limit > 0):
        raise UsageError(
            "bad-gate",
            f"--max-smape {text!r} is not a limit",
            "give a percentage above 0, such as 50",
        )
    return limit


def evaluate(limits: Mapping[str, float | None], values: Mapping[str, float | None]) -> list[Gate]:
    """Each limit there is against the figure of its name; nothing is evaluated without samples."""
    if values.get("mean_smape") is None:
        return []
    return [
        Gate(name, limit, values[name], _keeps(BOUNDS[name], limit, values[name]))
        for name, limit in limits.items()
        if limit is not None
    ]


def _keeps(bound: Bound, limit: float, value: float | None) -> bool:
    if value is None:
        return False
    if bound == "below":
        return value < limit
    return value <= limit if bound == "at most" else value >= limit
