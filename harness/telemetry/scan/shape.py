"""The shape of a file of rows as its first line shows it, and the engine's questions about such rows.

The engine is more lenient than the reader (trailing commas, NaN, keys it isn't asked for), and can't tell
null from nothing. So a file counts as clean only where every row has the first one's keys, each known value
is of its type, and the values' lengths with the punctuation between them add up to the file's size.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from harness.telemetry.engine import quoted
from harness.telemetry.export.tables import column_types
from harness.telemetry.measures import SMAPE_SQL, UNDER_SQL, WASTE_SQL
from harness.telemetry.sample import IMPLAUSIBLE_BELOW, KEPT_DELIVERABLES, SCHEMA, Sample

TOLERANCE = 0.05
_LONGEST_INTEGER = 15
_REQUIRED = [name for name, field in Sample.model_fields.items() if field.is_required()]
_NULLABLE = {
    name
    for name, field in Sample.model_fields.items()
    if (field.is_required() and name == "actual_output_tokens")
    or (not field.is_required() and field.default is None)
}
SHARED = (
    *("category", "complexity", "deliverable_count", "model", "agent", "source", "synthetic"),
    *("deliverables", "deliverable_facts", "goal_facts"),
)
"""What rows that are alike share; the reader itself looks at one row of each kind."""
# Read as they are, which is faster than as JSON; that they stand in quotes is seen by the sum of lengths.
_TEXTS = frozenset(name for name, kind in column_types().items() if kind == "VARCHAR")
_NESTED = ("deliverables", "deliverable_facts", "goal_facts")


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of every row in their order, those whose values are lists or objects, and the punctuation."""

    keys: tuple[str, ...]
    nested: frozenset[str]
    spaced: bool

    @property
    def frame(self) -> int:
        """The bytes of a row beside its values: braces, quoted keys, punctuation, the line's end."""
        between = 2 if self.spaced else 1
        names = sum(len(json.dumps(key)) + between for key in self.keys)
        return names + between * (len(self.keys) - 1) + len("{}\n")


def shape_of(line: bytes) -> Shape | None:
    """The shape a first line shows; None where it is none the engine can vouch for."""
    try:
        text = line.decode("ascii").removesuffix("\n")
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not set(_REQUIRED) <= fields.keys():
        return None
    if fields.get("schema", SCHEMA) != SCHEMA or len({key.lower() for key in fields}) < len(fields):
        return None
    nested = frozenset(key for key, value in fields.items() if isinstance(value, list | dict))
    if not nested.issubset(_NESTED):
        return None
    for spaced, separators in ((True, (", ", ": ")), (False, (",", ":"))):
        if json.dumps(fields, separators=separators) == text:
            return Shape(tuple(fields), nested, spaced)
    return None


def source(shape: Shape, path: str) -> str:
    """The engine's table of a file's rows, texts as they are, other values as JSON; null is NULL."""
    columns = ", ".join(f"{quoted(key)}: '{'VARCHAR' if key in _TEXTS else 'JSON'}'" for key in shape.keys)
    return (
        f"read_json({quoted(path)}, format = 'newline_delimited', columns = {{{columns}}}, "
        "maximum_object_size = 1048576, convert_strings_to_integers = false)"
    )


def is_clean(shape: Shape) -> str:
    """Whether a row is one the reader would take as it is, as SQL.

    What rows share is left to the reader, which looks at a row of each kind.
    """
    return f"coalesce({' AND '.join(_checks(shape))}, true)"


def length(shape: Shape) -> str:
    """How many bytes the row takes in the file, as SQL."""
    return " + ".join([str(shape.frame), *(_length(shape, key) for key in shape.keys)])


def text(shape: Shape, key: str) -> str:
    """The text of a value, JSON where it is none, NULL where it is null or no row has it, as SQL."""
    return f"{_name(key)}::VARCHAR" if key in shape.keys else "NULL::VARCHAR"


def number(shape: Shape, key: str, default: str = "NULL") -> str:
    """A count as SQL."""
    return (
        f"coalesce({_name(key)}::VARCHAR::BIGINT, {default})" if key in shape.keys else f"{default}::BIGINT"
    )


def flag(shape: Shape, key: str) -> str:
    """A truth value as SQL: 1, 0, or NULL where it isn't known."""
    return f"({_name(key)}::VARCHAR = 'true')::TINYINT" if key in shape.keys else "NULL::TINYINT"


def _checks(shape: Shape) -> list[str]:
    """Conditions of which none may be false; on null they are not known, which is no fault by itself."""
    types: dict[str, Any] = column_types()
    counts = [key for key in shape.keys if types.get(key) == "BIGINT" and key not in SHARED]
    digits = "concat(" + ", ".join(f"{_name(key)}::VARCHAR" for key in counts) + ")"
    checks = [f"NOT contains({digits}, '.')", f"NOT contains({digits}, 'e')"]
    for key in shape.keys:
        if key not in SHARED and key not in _TEXTS:
            checks.append(_allowed(key, types.get(key)))
        if key in Sample.model_fields and key not in _NULLABLE:
            checks.append(f"{_name(key)} IS NOT NULL")
    if "schema" in shape.keys:
        checks.append(f"{_name('schema')}::VARCHAR = {quoted(SCHEMA)}")
    if "predicted_level" in shape.keys:
        checks.append(f"{_name('predicted_level')}::VARCHAR::DOUBLE <= 1")
    checks += [
        f"{_name(name)}::VARCHAR <> '0'" for name in ("attempt", "profile_version") if name in shape.keys
    ]
    return checks + _agreements(shape)


def _allowed(key: str, kind: str | None) -> str:
    """That a value has the type of its key; of a key nobody knows, any plain value."""
    name = _name(key)
    plain = f"{name}::VARCHAR"
    digit = f"({plain} >= '0' AND {plain} < ':')"
    if kind == "BIGINT":
        return f"{digit} AND strlen({name}) <= {_LONGEST_INTEGER}"
    if kind == "DOUBLE":
        return digit
    if kind == "BOOLEAN":
        return f"({plain} = 'true' OR {plain} = 'false')"
    return f"({plain} = 'true' OR {plain} = 'false' OR starts_with({plain}, '\"') OR {digit})"


def _agreements(shape: Shape) -> list[str]:
    """That stored values which follow from others are what they should be, as far as they are stored."""
    p, a = number(shape, "predicted_output_tokens"), number(shape, "actual_output_tokens")
    numbers = {"smape_percent": SMAPE_SQL, "waste_ratio": WASTE_SQL}
    found = [
        f"abs({_name(key)}::VARCHAR::DOUBLE - {sql.format(p=p, a=a)}) <= {TOLERANCE}"
        for key, sql in numbers.items()
        if key in shape.keys
    ]
    if "underestimated" in shape.keys:
        stored = f"({_name('underestimated')}::VARCHAR = 'true')"
        found.append(f"{stored} = ({UNDER_SQL.format(p=p, a=a)})")
    if "implausible" in shape.keys:
        found.append(
            f"({_name('implausible')}::VARCHAR = 'true') = coalesce({a} < {IMPLAUSIBLE_BELOW}, false)"
        )
    return found


def _length(shape: Shape, key: str) -> str:
    name = _name(key)
    size = f"coalesce(strlen({name}) + 2, 4)" if key in _TEXTS else f"coalesce(strlen({name}), 4)"
    if key not in shape.nested or not shape.spaced:
        return size
    if key == "deliverables" and "deliverable_count" in shape.keys:
        # As many commas as deliverables are kept, less one; where that is wrong, so is the sum.
        count = f"coalesce({_name('deliverable_count')}::VARCHAR::BIGINT, 1)"
        return f"{size} + greatest(0, least({count}, {KEPT_DELIVERABLES}) - 1)"
    plain = f"coalesce({name}::VARCHAR, '')"
    commas = f"strlen({plain}) - strlen(replace({plain}, ',', ''))"
    if key == "deliverables":
        return f"{size} + {commas}"
    colons = f"(strlen({plain}) - strlen(replace({plain}, '\":', '\"')))"
    return f"{size} + {commas} + {colons}"


def _name(key: str) -> str:
    return '"' + key.replace('"', '""') + '"'
