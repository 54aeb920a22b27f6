"""The template of a row: what stands between its values, and what each value must be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, auto

from harness.telemetry.sample import SCHEMA, Sample
from harness.telemetry.scan.block import LONGEST, PADDING


class Kind(Enum):
    """What a value is, and so how it is read."""

    TEXT = auto()
    COUNT = auto()
    POSITIVE = auto()
    AMOUNT = auto()
    FLAG = auto()
    CELL = auto()
    FEATURE = auto()
    NESTED = auto()
    ANY = auto()


_KINDS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: (
        *("run_id", "phase_id", "timestamp", "commit", "tree"),
        *("actual_basis", "outcome", "stop_reason"),
    ),
    Kind.COUNT: (
        *("predicted_output_tokens", "predicted_lower_tokens", "predicted_upper_tokens"),
        *("actual_output_tokens", "selected_budget", "ceiling"),
        *("input_tokens", "cache_read_tokens", "cache_write_tokens"),
    ),
    Kind.POSITIVE: ("attempt",),
    Kind.AMOUNT: ("cost", "duration", "smape_percent", "waste_ratio"),
    Kind.FLAG: (
        *("success", "phase_success", "truncated"),
        *("implausible", "underestimated", "is_truncated_output"),
    ),
    # What few values stand for: the reader looks at a row of each kind.
    Kind.CELL: (
        *("category", "complexity", "model", "agent", "profile", "profile_version"),
        *("predicted_level", "source", "synthetic"),
    ),
    Kind.FEATURE: ("deliverable_count",),
    Kind.NESTED: ("deliverables", "deliverable_facts", "goal_facts"),
}
KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}
FEATURES = (*_KINDS[Kind.FEATURE], *_KINDS[Kind.NESTED])
"""What a prediction is made from, beside category and complexity."""
_NEVER_NULL = frozenset(
    {"implausible"} | {n for n, f in Sample.model_fields.items() if f.is_required() or f.default is not None}
) - {"actual_output_tokens"}
_REQUIRED = frozenset(name for name, field in Sample.model_fields.items() if field.is_required())


@dataclass(frozen=True, slots=True)
class Field:
    """The bytes before a value, its key and kind, and whether it may be null."""

    before: bytes
    key: str
    kind: Kind
    nullable: bool


@dataclass(frozen=True, slots=True)
class Template:
    """The values of a row in their order; `after` is what stands behind the last."""

    fields: tuple[Field, ...]
    after: bytes


def template_of(line: bytes) -> Template | None:
    """The template that a line shows; None where it isn't a plain row of this version."""
    try:
        text = line.decode("ascii").removesuffix("\n")
        ending = "\r\n" if text.endswith("\r") else "\n"
        text = text.removesuffix("\r")
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or not values.keys() >= _REQUIRED:
        return None
    if values.get("schema", SCHEMA) != SCHEMA or len(text) + len(values) * LONGEST > PADDING:
        return None
    for separators in ((", ", ": "), (",", ":")):
        if json.dumps(values, separators=separators) == text:
            return _template(values, *separators, ending)
    return None


def _template(values: dict[str, object], comma: str, colon: str, ending: str) -> Template | None:
    fields: list[Field] = []
    before = "{"
    for place, (key, value) in enumerate(values.items()):
        before += (comma if place else "") + json.dumps(key) + colon
        if key == "schema":
            before += json.dumps(value)
            continue
        kind = KIND_OF.get(key, Kind.ANY)
        if (kind is Kind.ANY and key in Sample.model_fields) or (
            kind is not Kind.NESTED and isinstance(value, list | dict)
        ):
            return None
        fields.append(Field(before.encode(), key, kind, key not in _NEVER_NULL))
        before = ""
    return Template(tuple(fields), f"{before}}}{ending}".encode())
