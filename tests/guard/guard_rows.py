"""Telemetry rows as the guard's tests need them."""

from __future__ import annotations

import json

WHOLE = {
    "run_id": "demo",
    "phase_id": "one",
    "category": "implementation",
    "complexity": "low",
    "deliverables": [],
    "predicted_output_tokens": 700,
    "actual_output_tokens": 650,
    "success": True,
    "truncated": False,
}


def row(**changes) -> str:
    """A valid row with some of its fields changed; `...` removes one."""
    fields = {name: value for name, value in {**WHOLE, **changes}.items() if value is not ...}
    return json.dumps(fields) + "\n"


FIRST, SECOND = row(attempt=1), row(attempt=2)
OLD = FIRST + SECOND
