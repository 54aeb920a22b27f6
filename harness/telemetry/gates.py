"""Gates: limits the recorded errors must stay below."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import UsageError
from harness.telemetry.measures import Figures


@dataclass(frozen=True, slots=True)
class Gate:
    """A figure that must be below its limit."""

    name: str
    limit: float
    value: float
    passed: bool


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


def evaluate(limits: Mapping[str, float], recorded: Figures) -> list[Gate]:
    """Each limit against the recorded figure of its name; nothing is evaluated without samples."""
    gates = []
    for name, limit in limits.items():
        value: float | None = getattr(recorded, name)
        if value is not None:
            gates.append(Gate(name, limit, value, value < limit))
    return gates
