"""Records as CSV that no spreadsheet runs, and the types of their columns for an engine."""

from __future__ import annotations

import csv
import io
import json
import types
import typing
from typing import Any

from harness.telemetry.export.records import COLUMNS, DERIVED, Record
from harness.telemetry.sample import DeliverableRecord, GoalRecord, Sample

# What makes a spreadsheet take a cell for a formula, and another program for a command.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_TYPES: dict[Any, str] = {int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN", str: "VARCHAR"}


def csv_line(fields: Record) -> str:
    """A record as one line of CSV, in the order of `COLUMNS`."""
    return _csv([_cell(fields[name]) for name in COLUMNS])


def csv_head() -> str:
    """The names of the columns."""
    return _csv(list(COLUMNS))


def column_types() -> dict[str, str]:
    """The engine's type of each column."""
    derived = dict(zip(DERIVED, ("DOUBLE", "DOUBLE", "BOOLEAN"), strict=True))
    fields = {name: _type(field.annotation) for name, field in Sample.model_fields.items()}
    known = {"schema": "VARCHAR", **derived, **fields}
    return {name: known[name] for name in COLUMNS}


def _csv(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _cell(value: object) -> str:
    """A value as a cell: text in one line, and a quote before what would be a formula."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith("'") else text


def _type(annotation: Any) -> str:
    """The engine's type for a field's annotation."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(parts[0])
    if origin in (typing.Union, types.UnionType):
        return _type(next(part for part in parts if part is not type(None)))
    if origin is typing.Literal:
        return _TYPES[type(parts[0])]
    if origin is tuple:
        return f"{_type(parts[0])}[]"
    if annotation in (DeliverableRecord, GoalRecord):
        fields = annotation.model_fields.items()
        return f"STRUCT({', '.join(f'{name} {_type(field.annotation)}' for name, field in fields)})"
    return _TYPES[annotation]
