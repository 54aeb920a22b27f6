"""Derived values stored in rows against those recomputed: disagreements reported, never used."""

from __future__ import annotations

import json
from dataclasses import dataclass

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
    return [
        Remark(row.source, row.line, name, _message(name, row.stored[name], value))
        for name, value in _recomputed(row.sample).items()
        if name in row.stored and _differs(row.stored[name], value)
    ]


def _recomputed(sample: Sample) -> dict[str, float | bool]:
    """The derived values of a sample; those that its actual tokens don't allow are left out."""
    values: dict[str, float | bool] = {
        "implausible": sample.implausible,
        "deliverable_count": sample.deliverable_count,
    }
    predicted, actual = sample.predicted_output_tokens, sample.actual_output_tokens
    if actual is None:
        return values
    values["smape_percent"] = smape(predicted, actual)
    values["underestimated"] = underestimated(predicted, actual)
    waste = waste_ratio(predicted, actual)
    return values if waste is None else {**values, "waste_ratio": waste}


def _differs(stored: object, value: float | bool) -> bool:
    if isinstance(value, bool) and type(stored) is int:
        # As a database keeps it.
        return stored != value
    if isinstance(value, bool) or isinstance(stored, bool) or not isinstance(stored, int | float):
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
