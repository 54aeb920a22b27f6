"""Reading rows: tolerant of what is around them, strict about each one, never a traceback."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

from pydantic import ValidationError

from harness.strict_json import BadNumberError, DuplicateKeyError, JSONDecodeError, parse
from harness.telemetry.sample import SCHEMA, Sample

# Figures a row may carry that follow from others: never believed, only compared.
DERIVED = (
    *("smape_percent", "waste_ratio", "underestimated"),
    *("implausible", "deliverable_count", "is_truncated_output"),
)

LONGEST_ROW = 1 << 20
"""Bytes of a row, its line end included; a longer line is none, and isn't read whole."""

Kind = Literal[
    "row-too-long",
    "conflict-marker",
    "not-utf-8",
    "not-json",
    "torn-line",
    "duplicate-key",
    "bad-number",
    "too-deep",
    "not-an-object",
    "newer-schema",
    "not-a-sample",
    "wrong-field",
    "contradiction",
]
"""The kinds of reasons for which a line isn't a row that counts."""

_FLAGS = ("success", "truncated")
_COUNTS = ("predicted_output_tokens", "actual_output_tokens", "selected_budget", "deliverable_count")
_FIELDS = frozenset(Sample.model_fields)
_TEXTS = {str}
_BOM = b"\xef\xbb\xbf"
_OTHER_FORMS = {
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_CONFLICT_MARKER = re.compile(rb"(<{7}|={7}|>{7}|\|{7})( |$)")
_NEWER = re.compile(r"harness\.sample/[0-9]+")


# Not frozen, as the other values are: that takes three times as long to make, and there are millions.
@dataclass(slots=True)
class Row:
    """A valid row, where it stands (lines count from 1), and the derived values it came with."""

    source: str
    line: int
    sample: Sample
    stored: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that isn't a row, and why, in one line."""

    source: str
    line: int
    reason: str
    kind: Kind


class _RefusedError(Exception):
    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def read_rows(data: bytes | Iterable[bytes], source: str) -> tuple[list[Row], list[BadLine]]:
    """The rows of a telemetry file, given whole or line by line, and what was wrong with the rest.

    Reads the harness's own rows and those of the older export without a `schema`; keys it doesn't
    know are passed over. Blank lines and a byte-order mark at the start are no problem.
    """
    rows: list[Row] = []
    problems: list[BadLine] = []
    for entry in each_row(each_line(io.BytesIO(data)) if isinstance(data, bytes) else data, source):
        if isinstance(entry, Row):
            rows.append(entry)
        else:
            problems.append(entry)
    return rows, problems


def each_line(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one longer than a row may be, no more than shows that it is."""
    while line := stream.readline(LONGEST_ROW + 1):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_ROW)


def each_row(lines: Iterable[bytes], source: str, first: int = 1) -> Iterator[Row | BadLine]:
    """What `read_rows` gives, line by line; `first` is the number of the first line."""
    for number, line in enumerate(lines, start=first):
        entry = read_line(line, source, number)
        if entry is not None:
            yield entry


def read_line(line: bytes, source: str, number: int) -> Row | BadLine | None:
    """What one line is, the `number`-th of its source; None if it is blank."""
    try:
        return _read_row(line, source, number)
    except _RefusedError as refusal:
        return BadLine(source, number, str(refusal), refusal.kind)


def _read_row(line: bytes, source: str, number: int) -> Row | None:
    if len(line) > LONGEST_ROW:
        raise _RefusedError("row-too-long", f"longer than {LONGEST_ROW:,} bytes, which no row is")
    content = (line.removeprefix(_BOM) if number == 1 else line).strip(b" \t\r\n")
    if not content:
        return None
    if not content.startswith(b"{") and _CONFLICT_MARKER.match(content):
        raise _RefusedError("conflict-marker", "a merge conflict marker")
    try:
        fields = _parse_object(content, line)
        _check_schema(fields)
        stored = {name: fields[name] for name in DERIVED if fields.get(name) is not None}
        return Row(source, number, _sample(fields), stored)
    except RecursionError:
        raise _RefusedError("too-deep", "nested too deeply") from None


def _parse_object(content: bytes, line: bytes) -> dict[str, Any]:
    try:
        value = parse(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _RefusedError("not-utf-8", _undecodable(content, error)) from None
    except JSONDecodeError as error:
        torn = not line.endswith(b"\n")
        kind: Kind = "torn-line" if torn else "not-json"
        what = "a torn last line" if torn else "not JSON"
        raise _RefusedError(kind, f"{what}: {error.msg.lower()} (column {error.colno})") from None
    except DuplicateKeyError as error:
        raise _RefusedError("duplicate-key", f"the key {_short(error.key)} stands there twice") from None
    except BadNumberError as error:
        raise _RefusedError("bad-number", str(error)) from None
    if not isinstance(value, dict):
        what = _KINDS.get(type(value), "something else")
        raise _RefusedError("not-an-object", f"not a JSON object but {what}")
    return value


def _undecodable(content: bytes, error: UnicodeDecodeError) -> str:
    told = f"not UTF-8 at byte {error.start + 1} of the line"
    known = next((name for start, name in _OTHER_FORMS.items() if content.startswith(start)), None)
    return f"{told}, but the beginning of {known}" if known else told


_KINDS = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _check_schema(fields: dict[str, Any]) -> None:
    schema = fields.get("schema", SCHEMA)
    if schema == SCHEMA:
        return
    if isinstance(schema, str) and _NEWER.fullmatch(schema):
        told = f"the schema {_short(schema)[1:-1]} is not one this version reads ({SCHEMA})"
        raise _RefusedError("newer-schema", told)
    raise _RefusedError("not-a-sample", f"not a sample: its schema is {_short(schema)}")


def _sample(fields: dict[str, Any]) -> Sample:
    """The sample of a row; what it has beside one is taken out of `fields`."""
    if "schema" not in fields:
        _as_exported(fields)
    for name in set(fields) - _FIELDS:
        del fields[name]
    if fields.get("run_id", "") is None:
        fields["run_id"] = "unknown"
    if "deliverables" in fields or "deliverable_count" in fields:
        fields["deliverables"] = _flat(fields.get("deliverables"))
    if fields.get("deliverable_count", 0) is None:
        del fields["deliverable_count"]
    try:
        return Sample.model_validate(fields)
    except ValidationError as error:
        raise _RefusedError("wrong-field", _first_fault(error)) from None


def _as_exported(fields: dict[str, Any]) -> None:
    """Put right what a row of the older export has where it was dumped from its table.

    That is 0 and 1 for flags, lists as JSON text, and counts such as 3788.0 from a column with nulls.
    """
    for name in _FLAGS:
        value = fields.get(name)
        if type(value) is int and value in (0, 1):
            fields[name] = bool(value)
    for name in _COUNTS:
        value = fields.get(name)
        if type(value) is float and value.is_integer():
            fields[name] = int(value)
    text = fields.get("deliverables_json")
    if isinstance(text, str) and "deliverables" not in fields:
        try:
            fields["deliverables"] = parse(text)
        except ValueError:
            fields["deliverables"] = []


def _flat(value: object) -> list[object]:
    """Older rows have lists, strings or dicts of buckets, whose names are no paths."""
    if value is None:
        return []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        if set(map(type, value)) <= _TEXTS:
            return value
        return [path for entry in value for path in _flat(entry)]
    return [value]


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "row"
    message = str(first["msg"])
    return f"{where}: {message[:1].lower()}{message[1:]}"


def _short(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
