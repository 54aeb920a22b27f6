"""Whether a telemetry file only grew by whole valid rows; standard library only."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# As in a sample: beyond this a count is no longer exact in the JSON of most readers.
_MOST_TOKENS = 2**53 - 1


def growth_fault(old: bytes, new: bytes) -> str:
    """Why `new` isn't `old` with whole valid rows added; empty where it is.

    Every line of `old` is still there, in order, and every other line of `new` is a row; so the
    union of two files that grew apart is growth.
    """
    if new and not new.endswith(b"\n"):
        return "its last line has no end"
    kept = old.removesuffix(b"\n").split(b"\n") if old else []
    found = 0
    for number, line in enumerate(new.split(b"\n")[:-1], start=1):
        if found < len(kept) and line == kept[found]:
            found += 1
        elif not is_row(line):
            return f"line {number} is neither an old row nor a valid one"
    return f"the row in line {found + 1} would be changed or lost" if found < len(kept) else ""


def is_row(line: bytes) -> bool:
    """Whether a line is strict JSON with the ids and token counts that replay asks of a row.

    Every row that replay takes is one, but for a byte-order mark; replay asks more of the other fields.
    """
    from harness.strict_json import parse

    try:
        row = parse(line.decode("utf-8"))
        return isinstance(row, dict) and _is_plausible(row)
    except (ValueError, RecursionError):
        return False


def _is_plausible(row: dict[str, Any]) -> bool:
    run, actual = row.get("run_id", 0), row.get("actual_output_tokens", "")
    return (
        # Older exports have rows of no known run, and both have rows without a measurement.
        (run is None or isinstance(run, str))
        and isinstance(row.get("phase_id"), str)
        and _is_count(row.get("predicted_output_tokens"), row)
        and (actual is None or _is_count(actual, row))
    )


def _is_count(value: Any, row: dict[str, Any]) -> bool:
    # Older exports have counts such as 650.0 from columns with nulls.
    is_whole = type(value) is int or (type(value) is float and value.is_integer() and "schema" not in row)
    return is_whole and bool(0 <= value <= _MOST_TOKENS)
