"""`harness telemetry export`."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telemetry_rows import PROJECT, SEED, SEED_ROWS, replay_json, row, telemetry

from harness.telemetry.export.records import COLUMNS
from harness.telemetry.export.tables import csv_line


def test_rows_come_out_with_their_figures_recomputed(tmp_path: Path) -> None:
    done = telemetry(tmp_path, "export", str(SEED))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["phase_id"] for r in rows] == [r["phase_id"] for r in SEED_ROWS]
    assert rows[0]["smape_percent"] == pytest.approx(18.1818, abs=1e-4)
    assert (rows[1]["underestimated"], rows[3]["underestimated"]) == (False, True)


def test_an_export_is_read_again(tmp_path: Path) -> None:
    assert telemetry(tmp_path, "export", str(SEED), "--output", "out.ndjson").returncode == 0
    found = replay_json(tmp_path, "out.ndjson")
    assert round(found["recorded"]["mean_smape"], 1) == 38.7
    assert found["remarks"] == []


def test_only_valid_rows_once(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(
        row(attempt=1) * 2
        + "{\n"
        + row(attempt=1, success=False)
        + row() * 2
        + row(timestamp="2025-12-24T00:50:52") * 2
        + row(actual_output_tokens=None)
    )
    done = telemetry(tmp_path, "export", "run.ndjson")
    assert len(done.stdout.splitlines()) == 5
    assert [line.split(": ")[0] for line in done.stderr.splitlines()[:2]] == ["run.ndjson:3", "run.ndjson:4"]
    assert json.loads(done.stdout.splitlines()[-1])["smape_percent"] is None


def test_csv_is_a_table(tmp_path: Path) -> None:
    done = telemetry(tmp_path, "export", str(SEED), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [int(r["actual_output_tokens"]) for r in rows] == [r["actual_output_tokens"] for r in SEED_ROWS]
    assert json.loads(rows[1]["deliverables"]) == SEED_ROWS[1]["deliverables"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", "＝1"]
)
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.ndjson").write_text(row(phase_id=text, model='a"b,\nc'))
    done = telemetry(tmp_path, "export", "run.ndjson", "--format", "csv")
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    (found,) = csv.DictReader(lines)
    assert found["phase_id"][0] in "'\\"
    assert found["model"] == 'a"b,\\nc'


@given(st.text(max_size=30))
def test_any_text_is_one_cell_of_one_line(text: str) -> None:
    line = csv_line({**dict.fromkeys(COLUMNS), "model": text})
    assert len(line.splitlines()) == 1
    (cells,) = csv.reader([line])
    cell = cells[COLUMNS.index("model")]
    assert len(cells) == len(COLUMNS)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


def test_parquet_has_typed_columns(tmp_path: Path) -> None:
    assert (
        telemetry(tmp_path, "export", str(SEED), "--format", "parquet", "--output", "o.parquet").returncode
        == 0
    )
    table = duckdb.sql(
        f"SELECT phase_id, actual_output_tokens, deliverables, success FROM '{tmp_path}/o.parquet'"
    )
    assert [str(kind) for kind in table.types] == ["VARCHAR", "BIGINT", "VARCHAR[]", "BOOLEAN"]
    assert table.fetchall() == [
        (r["phase_id"], r["actual_output_tokens"], r["deliverables"], r["success"]) for r in SEED_ROWS
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o.parquet"]


def test_parquet_has_the_facts_of_a_goal_as_fields(tmp_path: Path) -> None:
    facts = {"title_words": 2, "words": 9, "actions": ["add", "fix"]}
    (tmp_path / "run.ndjson").write_text(row(goal_facts=facts) + row())
    telemetry(tmp_path, "export", "run.ndjson", "--format", "parquet", "--output", "o.parquet")
    table = duckdb.sql(f"SELECT goal_facts FROM '{tmp_path}/o.parquet'")
    kinds = "STRUCT(title_words BIGINT, words BIGINT, actions VARCHAR[])"
    assert ([str(kind) for kind in table.types], table.fetchall()) == ([kinds], [(facts,), (None,)])


def test_parquet_takes_text_that_is_no_unicode(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(
        row(model="a\ud800\0z", stop_reason="\U0001f600") + row(model="\u00e9")
    )
    made = telemetry(tmp_path, "export", "run.ndjson", "--format", "parquet", "--output", "o.parquet")
    assert made.returncode == 0, made.stderr
    table = duckdb.sql(f"SELECT model, stop_reason FROM '{tmp_path}/o.parquet'")
    assert table.fetchall() == [("a?\0z", "\U0001f600"), ("\u00e9", "end_turn")]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--output", "there"], "export-exists"),
        (["--output", "there", "--format", "parquet"], "export-exists"),
        (["--output", "no/where"], "export-unwritable"),
        (["--output", ".", "--force"], "export-unwritable"),
        (["--format", "parquet"], "wrong-usage"),
        (["--format", "parquet", "--output", "-"], "wrong-usage"),
        (["--format", "xml"], "wrong-usage"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: list[str], code: str) -> None:
    (tmp_path / "there").write_text("mine")
    done = telemetry(tmp_path, "export", str(SEED), *arguments)
    assert (done.returncode, f"[{code}]" in done.stderr) == (2, True)
    assert (tmp_path / "there").read_text() == "mine"
    assert telemetry(tmp_path, "export", str(SEED), "--output", "there", "--force").returncode == 0
    assert (tmp_path / "there").read_text() != "mine"


def export_parquet(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, which ends as one."""
    return subprocess.run(
        [sys.executable, "-m", "harness", "telemetry", "export", "--format", "parquet", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_dash_is_standard_output(tmp_path: Path) -> None:
    printed = telemetry(tmp_path, "export", str(SEED), "--output", "-")
    assert printed.stdout == telemetry(tmp_path, "export", str(SEED)).stdout
    assert list(tmp_path.iterdir()) == []


def test_the_engine_adds_nothing_to_an_error(tmp_path: Path) -> None:
    done = export_parquet(tmp_path, str(SEED))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 2)


def test_parquet_without_the_engine_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "duckdb.py").write_text("raise ImportError('not here')\n")
    done = export_parquet(tmp_path, str(SEED), "--output", "o")
    assert done.returncode == 2
    assert "[no-engine]" in done.stderr and "git-agent-harness[scale]" in done.stderr


def test_every_code_can_be_explained() -> None:
    codes = tomllib.loads((PROJECT / "harness/codes/telemetry_export.toml").read_text())
    assert set(codes) == {"export-exists", "export-unwritable", "no-engine"}


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_halves_of_surrogate_pairs_are_exported(tmp_path: Path, form: str) -> None:
    (tmp_path / "run.ndjson").write_text(row(attempt=1, category="\ud800", run_id="\udfff"))
    done = telemetry(tmp_path, "export", "run.ndjson", "--format", form, "--output", "out")
    assert (done.returncode, done.stderr) == (0, "harness: 1 row exported\n")


def test_a_number_no_engine_holds_is_no_row(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(row(attempt=10**25) + row(attempt=2))
    done = telemetry(tmp_path, "export", "run.ndjson", "--format", "parquet", "--output", "out.parquet")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("run.ndjson:1: attempt: ") and "1 row exported" in done.stderr


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(row() * 200)
    command = [sys.executable, "-m", "harness", "telemetry", "export", "run.ndjson"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"harness: 200 rows exported\n")
