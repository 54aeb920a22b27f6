"""Very many lines that aren't rows, and very long ones: summed up, bounded, and the same either way."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from telemetry_rows import row, telemetry
from test_telemetry_scan import compare

from harness.telemetry import plain, problems
from harness.telemetry.profile import load_profile
from harness.telemetry.reader import LONGEST_ROW, each_line
from harness.telemetry.replay import Options
from harness.telemetry.scan.lines import each_block
from harness.telemetry.scan.replayed import replay_files

GOOD = row().encode()
SHOWN = 20


def write(folder: Path, bad: int = 1500) -> None:
    """One file with `bad` lines of one kind and half as many of another, and one with three."""
    lines = [GOOD, *(b"{\n" + b"[1]\n" * (n % 2) for n in range(bad)), GOOD]
    (folder / "one.ndjson").write_bytes(b"".join(lines))
    (folder / "two.ndjson").write_bytes(GOOD + b"x\n" * 3)


COUNTS = [
    {"source": "one.ndjson", "kind": "not-json", "count": 1500},
    {"source": "one.ndjson", "kind": "not-an-object", "count": 750},
    {"source": "two.ndjson", "kind": "not-json", "count": 3},
]


def told(stderr: str) -> list[str]:
    """The lines about lines, without those about the command's own end."""
    return [line for line in stderr.splitlines() if not line.startswith("harness: ")]


@pytest.mark.parametrize("command", ["replay", "coverage"])
def test_the_document_lists_the_first_and_counts_all(tmp_path: Path, command: str) -> None:
    write(tmp_path)
    done = telemetry(tmp_path, command, "one.ndjson", "two.ndjson", "--json")
    found = json.loads(done.stdout)
    assert found["excluded"]["invalid"] == 2253
    assert found["problem_counts"] == COUNTS
    of_one = [p for p in found["problems"] if p["source"] == "one.ndjson"]
    assert (len(of_one), len(found["problems"])) == (1000, 1003)
    assert [p["line"] for p in of_one] == list(range(2, 1002))
    assert {p["kind"] for p in of_one} == {"not-json", "not-an-object"}


@pytest.mark.parametrize("command", ["replay", "coverage", "calibrate", "export"])
def test_a_person_sees_the_first_of_each_file_and_how_many_more(tmp_path: Path, command: str) -> None:
    write(tmp_path)
    lines = told(telemetry(tmp_path, command, "one.ndjson", "two.ndjson").stderr)
    assert [line.partition(": ")[0] for line in lines] == [
        *(f"one.ndjson:{number}" for number in range(2, 2 + SHOWN)),
        "one.ndjson",
        *(f"two.ndjson:{number}" for number in range(2, 5)),
    ]
    assert lines[SHOWN] == "one.ndjson: and 2,230 more: 1,486 not-json, 744 not-an-object"


def test_page_and_summary_count_all_of_them(tmp_path: Path) -> None:
    write(tmp_path)
    assert "Not rows: 2,253" in telemetry(tmp_path, "replay", "one.ndjson", "two.ndjson", "--markdown").stdout
    done = telemetry(tmp_path, "report", "one.ndjson", "two.ndjson", "--output", "-")
    assert "Not rows: 2,253" in done.stdout


def test_contradictions_take_their_place_among_the_first(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(problems, "LISTED", 3)
    contradicting = row(attempt=1, actual_output_tokens=5000).encode()
    lines = [row(attempt=1).encode(), b"x\n", contradicting, b"[]\n", contradicting, b"x\n", b"{\n"]
    (tmp_path / "one.ndjson").write_bytes(b"".join(lines))
    for size in (600, 1 << 20):
        found = compare([tmp_path / "one.ndjson"], size=size)
        assert [p["line"] for p in found["problems"]] == [2, 3, 4]
        assert [(c["kind"], c["count"]) for c in found["problem_counts"]] == [
            ("not-json", 3),
            ("contradiction", 2),
            ("not-an-object", 1),
        ]


def of_length(length: int) -> bytes:
    """A row of so many bytes, its line end included."""
    short = row(attempt=7, unknown="").encode()
    return row(attempt=7, unknown="u" * (length - len(short))).encode()


@pytest.mark.parametrize("beyond", [-1, 0, 1, 2, LONGEST_ROW, 7 * LONGEST_ROW])
@pytest.mark.parametrize("torn", [False, True])
def test_a_row_has_a_longest_length_either_way(tmp_path: Path, beyond: int, torn: bool) -> None:
    long = of_length(LONGEST_ROW + beyond)
    lines = GOOD + long.rstrip(b"\n") if torn else long + GOOD + b"\0" * len(long) + b"\n" + long + GOOD
    (tmp_path / "one.ndjson").write_bytes(lines)
    for size in (600, 3 << 20):
        found = compare([tmp_path / "one.ndjson"], size=size)
        kinds = {p["line"]: p["kind"] for p in found["problems"]}
        if torn:
            assert kinds == ({} if beyond <= 1 else {2: "row-too-long"})
        elif beyond <= 0:
            assert (found["valid"], found["excluded"]["duplicates"], set(kinds)) == (4, 1, {3})
        else:
            assert kinds == dict.fromkeys((1, 3, 4), "row-too-long")


def test_of_a_long_line_no_more_is_kept_than_shows_that_it_is_one(tmp_path: Path) -> None:
    file = tmp_path / "one.ndjson"
    file.write_bytes(GOOD + b"\0" * 20_000_000 + b"\n" + GOOD)
    with file.open("rb") as stream:
        assert [len(line) for line in each_line(stream)] == [len(GOOD), LONGEST_ROW + 1, len(GOOD)]
    with file.open("rb", buffering=0) as stream:
        blocks = [(len(data), end) for data, end, _ in each_block(stream, os.path.getsize(file), 3 << 20)]
    assert max(size for size, _ in blocks) < 8 << 20
    assert sum(end for _, end in blocks) == 2 * len(GOOD) + LONGEST_ROW + 2
    assert list(each_line(io.BytesIO(b""))) == []


def test_a_large_file_with_a_long_line_is_replayed(tmp_path: Path) -> None:
    (tmp_path / "one.ndjson").write_bytes(GOOD + b"\0" * (17 << 20) + b"\n" + GOOD)
    done = telemetry(tmp_path, "replay", "--json", "--max-smape", "99", "one.ndjson")
    found = json.loads(done.stdout)
    assert (done.returncode, found["samples"], found["listed"]) == (0, 2, False)
    assert found["problem_counts"] == [{"source": "one.ndjson", "kind": "row-too-long", "count": 1}]


@pytest.mark.parametrize("count", [300, 600])
def test_of_more_remarks_than_are_kept_it_is_said_that_there_are_more(tmp_path: Path, count: int) -> None:
    (tmp_path / "one.ndjson").write_text(row(smape_percent=1, waste_ratio=9) * count)
    report = replay_files([tmp_path / "one.ndjson"], load_profile(), Options({}))
    told = [line for line in plain.lines(report) if line.startswith("Remarks")]
    assert len(report.remarks) == min(1000, 2 * count)
    more = ", of which not all were kept; replay --rows has them"
    assert told == [f"Remarks{more if count == 600 else ''}"]
