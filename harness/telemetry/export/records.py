"""Samples as flat records: the fields of a row and the values that follow from them, recomputed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from harness.telemetry.measures import smape, underestimated, waste_ratio
from harness.telemetry.reader import BadLine, Row
from harness.telemetry.sample import SCHEMA, Sample
from harness.telemetry.selection import contradiction

DERIVED = ("smape_percent", "waste_ratio", "underestimated")
COLUMNS = ("schema", *sorted({*Sample.model_fields, *DERIVED}))
"""The keys of a record, in order."""

Record = dict[str, Any]


def record(sample: Sample) -> Record:
    """A sample's record; what follows from actual tokens is None where they aren't known."""
    predicted, actual = sample.predicted_output_tokens, sample.actual_output_tokens
    fields: Record = {
        "schema": SCHEMA,
        **sample.model_dump(),
        "smape_percent": None if actual is None else smape(predicted, actual),
        "waste_ratio": None if actual is None else waste_ratio(predicted, actual),
        "underestimated": None if actual is None else underestimated(predicted, actual),
    }
    return {name: fields[name] for name in COLUMNS}


def ndjson_line(fields: Record) -> str:
    """A record as a row, which `harness telemetry replay` reads like any other."""
    return json.dumps(fields, allow_nan=False) + "\n"


def distinct(found: Iterable[Row | BadLine], refuse: Callable[[BadLine], None]) -> Iterator[Sample]:
    """Each sample once, one at a time; bad lines and rows that contradict an earlier one are refused.

    What is a repeat is told as by `deduplicate`.
    """
    seen: dict[bytes, tuple[bytes, tuple[str, int]]] = {}
    for entry in found:
        if isinstance(entry, BadLine):
            refuse(entry)
            continue
        sample, place = entry.sample, (entry.source, entry.line)
        identity = sample.identity
        if identity is None:
            yield sample
            continue
        content = _digest(json.dumps(sample.model_dump()))
        key = content if sample.attempt is None else _digest(json.dumps(identity))
        known, first = seen.setdefault(key, (content, place))
        if first == place:
            yield sample
        elif known != content:
            refuse(contradiction(place, first))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()
