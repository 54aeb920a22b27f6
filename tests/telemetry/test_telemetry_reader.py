"""Reading rows, clean and dirty."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telemetry_rows import SEED, SEED_ROWS, row

from harness.telemetry.plain import lines
from harness.telemetry.profile import load_profile
from harness.telemetry.reader import BadLine, read_rows
from harness.telemetry.replay import Options, replay

GOOD = row().encode()
REFUSED = [
    (b"not json\n", "not JSON"),
    (b"\x00\x00\x00\n", "not JSON"),
    (b"[1, 2]\n", "an array"),
    (b"null\n", "null"),
    (b'"text"\n', "a string"),
    (b"12\n", "a number"),
    (b"<<<<<<< HEAD\n", "merge conflict"),
    (b"=======\n", "merge conflict"),
    (b">>>>>>> theirs\n", "merge conflict"),
    (b'{"a": "\xff"}\n', "not UTF-8"),
    (GOOD.decode().encode("utf-16"), "not UTF-8"),
    (b'{"category": "a", "category": "b"}\n', '"category" stands there twice'),
    (b'{"cost": NaN}\n', "NaN"),
    (b'{"cost": -Infinity}\n', "-Infinity"),
    (b'{"cost": 1e999}\n', "too large"),
    (b"9" * 5000 + b"\n", "too many digits"),
    (b"[" * 100_000 + b"\n", "nested too deeply"),
    (b'{"deliverables":' + b"[" * 700 + b"]" * 700 + b"}\n", ""),
    (row(schema="harness.sample/2").encode(), "harness.sample/2"),
    (row(schema="harness.replay/1").encode(), "not a sample"),
    (row(schema=None).encode(), "not a sample"),
    (row(actual_output_tokens=-1).encode(), "actual_output_tokens"),
    (row(predicted_output_tokens=12.5).encode(), "predicted_output_tokens"),
    (row(schema="harness.sample/1", predicted_output_tokens=12.0).encode(), "predicted_output_tokens"),
    (row(predicted_output_tokens="12").encode(), "predicted_output_tokens"),
    (row(predicted_output_tokens=True).encode(), "predicted_output_tokens"),
    (row(actual_output_tokens=10**400).encode(), "actual_output_tokens"),
    (row(predicted_output_tokens=None).encode(), "predicted_output_tokens"),
    (row(actual_output_tokens=...).encode(), "actual_output_tokens"),
    (row(category=...).encode(), "category"),
    (row(truncated=...).encode(), "truncated"),
    (row(success=None).encode(), "success"),
    (row(success="yes").encode(), "success"),
    (row(deliverables=[1, 2]).encode(), "deliverables"),
    (row(deliverables=..., deliverable_count=...).encode(), "deliverables"),
    (row(deliverable_count=-1).encode(), "deliverable_count"),
    (gzip.compress(row().encode(), mtime=0).replace(b"\n", b""), "the beginning of a gzip file"),
    (row().encode("utf-16").replace(b"\n\x00", b""), "the beginning of UTF-16 text"),
]


@pytest.mark.parametrize(("line", "reason"), REFUSED)
def test_a_bad_line_is_named_and_the_others_count(line: bytes, reason: str) -> None:
    line = line if line.endswith(b"\n") else line + b"\n"
    rows, problems = read_rows(GOOD + line + GOOD, "a/run.ndjson")
    assert rows[0].line == 1
    assert rows[0].sample == rows[-1].sample
    named = {(problem.source, problem.line) for problem in problems}
    assert ("a/run.ndjson", 2) in named
    assert reason in problems[0].reason
    assert "\n" not in problems[0].reason
    assert len(problems[0].reason) < 200


def test_a_torn_last_line_is_called_so() -> None:
    rows, problems = read_rows(GOOD + GOOD[:100], "x")
    assert len(rows) == 1
    assert [(p.line, p.reason.startswith("a torn last line")) for p in problems] == [(2, True)]


def test_a_whole_last_line_needs_no_newline() -> None:
    assert len(read_rows(GOOD.rstrip(b"\n"), "x")[0]) == 1


def test_blank_lines_carriage_returns_and_a_byte_order_mark_are_no_problem() -> None:
    data = b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n") + b"\n  \t\n" + GOOD
    rows, problems = read_rows(data, "x")
    assert problems == []
    assert [row.line for row in rows] == [1, 4]


def test_a_line_separator_within_a_row_does_not_split_it() -> None:
    rows, problems = read_rows(GOOD.replace(b"claude", "a\u2028b\x85".encode()), "x")
    assert (len(rows), problems) == (1, [])


def test_the_older_export_is_read_as_it_is() -> None:
    rows, problems = read_rows(SEED.read_bytes(), "seed")
    assert problems == []
    assert [row.sample.phase_id for row in rows] == [r["phase_id"] for r in SEED_ROWS]
    assert rows[1].sample.run_id == "unknown"
    assert rows[1].sample.attempt is None


def test_unknown_keys_are_passed_over() -> None:
    rows, problems = read_rows(row(is_truncated_output=False, later={"a": 1}).encode(), "x")
    assert (len(rows), problems) == (1, [])


@pytest.mark.parametrize(
    ("given_as", "flat"),
    [
        ({"code": ["src/a.py"], "tests": ["tests/test_a.py"]}, ("src/a.py", "tests/test_a.py")),
        ("src/a.py", ("src/a.py",)),
        ([["src/a.py"], {"polish": "src/b.py"}], ("src/a.py", "src/b.py")),
        (None, ()),
    ],
)
def test_older_shapes_of_deliverables(given_as: object, flat: tuple[str, ...]) -> None:
    rows, problems = read_rows(row(deliverables=given_as, deliverable_count=None).encode(), "x")
    assert problems == []
    assert rows[0].sample.deliverables == flat
    assert rows[0].sample.deliverable_count == len(flat)


def test_bytes_and_lists_of_lines_are_read_alike() -> None:
    data = (row() + "oops\n" + row()).encode()
    assert len(read_rows(data, "x")[0]) == 2
    assert read_rows(data.splitlines(keepends=True), "x") == read_rows(data, "x")


def _whole_way(data: bytes) -> list[BadLine]:
    """Read, replay and print, as the command does."""
    rows, problems = read_rows(data, "x")
    options = Options({"mean_smape": 50.0}, include_synthetic=True)
    report = replay(rows, problems, load_profile(), options)
    assert lines(report, rows=True)
    return problems


@given(st.binary(max_size=400))
def test_no_bytes_make_a_traceback(data: bytes) -> None:
    _whole_way(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
changes = st.dictionaries(
    st.sampled_from([*SEED_ROWS[0], "attempt", "cost", "schema", "deliverable_facts", "synthetic"]),
    json_values,
    max_size=4,
)


@settings(max_examples=300)
@given(st.lists(changes, max_size=4), st.binary(max_size=20), st.integers(0, 2000))
def test_no_almost_good_rows_make_a_traceback(rows: list[dict[str, object]], noise: bytes, at: int) -> None:
    data = "".join(json.dumps({**SEED_ROWS[1], **fields}) + "\n" for fields in rows).encode()
    _whole_way(data[:at] + noise + data[at:])
    _whole_way(data)
