"""Derived values stored in rows against those recomputed: disagreements reported, never used."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from harness.telemetry.measures import smape, underestimated, waste_ratio
from harness.telemetry.reader import Row
from harness.telemetry.sample import Sample

TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a valid row a person should know, in one line."""

    source: str
    line: int
    field: str
    message: str


def disagreements(row: Row) -> list[Remark]:
    """One remark for each stored value that is more than 0.05 off the recomputed one."""
    stored = row.stored
    if not stored:
        return []
    return [
        Remark(row.source, row.line, name, _message(name, stored[name], value))
        for name, recompute in _RECOMPUTED.items()
        if name in stored
        and (value := recompute(row.sample)) is not None
        and value is not stored[name]
        and _differs(stored[name], value)
    ]


def _smape(sample: Sample) -> float | None:
    actual = sample.actual_output_tokens
    return None if actual is None else smape(sample.predicted_output_tokens, actual)


def _underestimated(sample: Sample) -> bool | None:
    actual = sample.actual_output_tokens
    return None if actual is None else underestimated(sample.predicted_output_tokens, actual)


def _waste_ratio(sample: Sample) -> float | None:
    actual = sample.actual_output_tokens
    return None if actual is None else waste_ratio(sample.predicted_output_tokens, actual)


# In the order of the remarks; None where the actual tokens don't allow a value.
_RECOMPUTED: dict[str, Callable[[Sample], float | bool | None]] = {
    "implausible": attrgetter("implausible"),
    "deliverable_count": attrgetter("deliverable_count"),
    # A later column of the table behind the older export; where it was added, rows kept its default.
    "is_truncated_output": attrgetter("truncated"),
    "smape_percent": _smape,
    "underestimated": _underestimated,
    "waste_ratio": _waste_ratio,
}


def _differs(stored: object, value: float | bool) -> bool:
    if type(value) is bool and type(stored) is int:
        # As a database keeps it.
        return stored != value
    if type(value) is bool or not (type(stored) is float or type(stored) is int):
        return stored is not value
    try:
        return abs(stored - value) > TOLERANCE
    except OverflowError:
        return True


def _message(name: str, stored: object, value: float | bool) -> str:
    return f"stored {name} is {_shown(stored)}, recomputed {_shown(value)}, which is what counts"


def _shown(value: object) -> str:
    if isinstance(value, list | dict):
        return "not a number"
    text = f"{value:.2f}" if isinstance(value, float) else json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
