"""Rows as the first collection left them, with their defects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from telemetry_rows import SEED, replay, replay_json, row, telemetry


def test_the_published_table_to_the_digit(tmp_path: Path) -> None:
    found = replay_json(tmp_path, str(SEED), "--rows")
    rows = [r for r in found["rows"] if r["excluded"] is None]
    assert [f"{r['smape_percent']:.1f}" for r in rows] == ["59.8", "46.2", "9.2", "41.3", "37.2"]
    assert [f"{r['waste_ratio']:.2f}" for r in rows] == ["1.85", "1.60", "0.91", "1.52", "1.46"]
    recorded = found["recorded"]
    assert f"{recorded['mean_smape']:.1f}" == "38.7"
    assert f"{recorded['median_waste_ratio']:.2f}" == "1.52"
    assert (found["success_rate"], recorded["underestimation_rate"]) == (0.8, 0.2)


def old(**changes: Any) -> str:
    """A row with the columns that came later, which are no part of the export."""
    later = {"is_truncated_output": 0, "actual_max_tokens": 16384, "context_quality": "some", "id": 7}
    return row(**{**later, "run_id": "unknown", **changes})


def test_repeated_phases_of_an_unknown_run_are_attempts(tmp_path: Path) -> None:
    (tmp_path / "old.ndjson").write_text(
        old(truncated=True, actual_output_tokens=16384) * 7 + old(category="IMPLEMENT_FEATURE") * 2
    )
    found = replay_json(tmp_path, "old.ndjson", "--max-smape", "99")
    assert (found["samples"], found["truncated"]["count"], found["excluded"]["duplicates"]) == (2, 7, 0)
    assert list(found["strata"]["category"]) == ["implement_feature"]


def test_rows_of_the_export_that_stand_twice_count_once(tmp_path: Path) -> None:
    (tmp_path / "copy.ndjson").write_bytes(SEED.read_bytes() * 2)
    found = replay_json(tmp_path, "copy.ndjson", "--rows")
    assert (found["samples"], found["excluded"]["duplicates"], found["excluded"]["synthetic"]) == (5, 6, 1)
    twice = [(r["line"], r["why"]) for r in found["excluded_rows"] if r["reason"] == "duplicates"]
    assert twice[0] == (7, "the same row as copy.ndjson:1")
    left_out = replay(tmp_path, "copy.ndjson").stdout
    assert "copy.ndjson:12: duplicate: the same row as copy.ndjson:6" in left_out
    assert len(telemetry(tmp_path, "export", "copy.ndjson").stdout.splitlines()) == 6


def test_rows_of_one_phase_and_time_that_differ_both_count(tmp_path: Path) -> None:
    at = {"timestamp": "2025-12-24T00:50:52.799611"}
    (tmp_path / "run.ndjson").write_text(row(**at) + row(actual_output_tokens=5000, **at))
    found = replay_json(tmp_path, "run.ndjson", "--max-smape", "99")
    assert (found["samples"], found["excluded"]["duplicates"]) == (2, 0)
    assert found["remarks"] == []


def test_no_deliverables_is_a_bucket_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "old.ndjson").write_text(old(deliverable_count=0, deliverables=[]) * 11)
    found = replay_json(tmp_path, "old.ndjson", "--max-smape", "99")
    assert {name: f["samples"] for name, f in found["strata"]["deliverables"].items()} == {"0": 11}


def test_rows_dumped_from_a_table(tmp_path: Path) -> None:
    text = json.dumps(["src/a.py", "tests/test_a.py"])
    (tmp_path / "old.ndjson").write_text(
        old(success=1, truncated=0, deliverables=..., deliverables_json=text)
        + old(success=0, truncated=0, deliverables=..., deliverables_json="[broken", deliverable_count=3)
        + old(success=2)
        + row(schema="harness.sample/1", success=1)
    )
    found = replay_json(tmp_path, "old.ndjson", "--max-smape", "99", "--rows")
    assert [(r["success"], r["deliverable_count"]) for r in found["rows"]] == [(True, 2), (False, 3)]
    assert found["rows"][0]["current"]["predicted_output_tokens"] == 7020
    assert found["rows"][1]["current"] is None
    assert [problem["line"] for problem in found["problems"]] == [3, 4]


def test_a_table_with_nulls_has_whole_numbers_as_floats(tmp_path: Path) -> None:
    counts = {"predicted_output_tokens": 7020.0, "actual_output_tokens": 3788.0, "deliverable_count": 2.0}
    (tmp_path / "old.ndjson").write_text(
        old(**counts, selected_budget=8424.0) + old(actual_output_tokens=3788.5) + old(selected_budget=-1.0)
    )
    found = replay_json(tmp_path, "old.ndjson", "--max-smape", "99", "--rows")
    assert [(r["actual_output_tokens"], r["selected_budget"]) for r in found["rows"]] == [(3788, 8424)]
    assert found["rows"][0]["current"]["predicted_output_tokens"] == 7020
    assert [problem["line"] for problem in found["problems"]] == [2, 3]


def test_a_flag_of_a_table_disagrees_only_where_it_does(tmp_path: Path) -> None:
    (tmp_path / "old.ndjson").write_text(old(underestimated=0) + old(underestimated=1))
    found = replay_json(tmp_path, "old.ndjson", "--max-smape", "99")
    assert [(remark["line"], remark["field"]) for remark in found["remarks"]] == [(2, "underestimated")]


def test_two_columns_that_say_whether_a_reply_was_cut_off_are_compared(tmp_path: Path) -> None:
    cut = {"truncated": 1, "actual_output_tokens": 16384}
    lines = old(**cut), old(is_truncated_output=1, **cut), old(), old(is_truncated_output=1)
    (tmp_path / "old.ndjson").write_text("".join(lines))
    found = replay_json(tmp_path, "old.ndjson", "--max-smape", "99")
    assert [r["message"] for r in found["remarks"]] == [
        "stored is_truncated_output is 0, recomputed true, which is what counts",
        "stored is_truncated_output is 1, recomputed false, which is what counts",
    ]
    assert found["truncated"]["count"] == 2


@pytest.mark.parametrize(
    ("gate", "limit", "passed"),
    [
        ("median_waste_ratio", 1.5, False),
        ("median_waste_ratio", 1.6, True),
        ("underestimation_rate", 0.2, True),
        ("underestimation_rate", 0.19, False),
        ("truncation_rate", 0, True),
        ("interval_coverage", 0.9, False),
    ],
)
def test_gates_of_harness_toml(tmp_path: Path, gate: str, limit: float, passed: bool) -> None:
    (tmp_path / "harness.toml").write_text(f"[telemetry.gates]\n{gate} = {limit}\n")
    done = replay(tmp_path, str(SEED), "--json")
    assert done.returncode == (0 if passed else 1)
    made = json.loads(done.stdout)["gates"]
    assert [(g["name"], g["passed"]) for g in made] == [("mean_smape", True), (gate, passed)]
    if not passed:
        assert f"gate missed: {gate} is" in done.stderr


def test_a_gate_on_truncation(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_text("[telemetry.gates]\nmean_smape = 99\ntruncation_rate = 0.25\n")
    (tmp_path / "run.ndjson").write_text(
        row() * 3 + row(truncated=True) + row(synthetic=True, truncated=True)
    )
    found = replay_json(tmp_path, "run.ndjson")
    assert found["truncation_rate"] == 0.25
    (tmp_path / "run.ndjson").write_text(row() * 2 + row(truncated=True))
    assert replay(tmp_path, "run.ndjson").returncode == 1


def test_intervals_are_covered_or_not(tmp_path: Path) -> None:
    interval = {"predicted_lower_tokens": 3000, "predicted_upper_tokens": 5000}
    (tmp_path / "run.ndjson").write_text(
        row(**interval) + row(**interval, actual_output_tokens=5001) + row(actual_output_tokens=5000)
    )
    found = replay_json(tmp_path, "run.ndjson", "--max-smape", "99")
    assert found["recorded"]["interval_coverage"] == 0.5
    assert found["current"]["interval_coverage"] is None


def test_backfilled_rows_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(row() + row(source="backfill", success=False))
    found = replay_json(tmp_path, "run.ndjson", "--max-smape", "99")
    assert (found["samples"], found["excluded"]["backfill"], found["success_rate"]) == (1, 1, 1.0)
    found = replay_json(tmp_path, "run.ndjson", "--max-smape", "99", "--include-backfill")
    assert (found["samples"], found["excluded"]["backfill"], found["success_rate"]) == (2, 0, 0.5)


def test_models_and_agents_are_strata(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(
        row(model="b", agent="x") + row(model="a", agent=None) + row(model=None)
    )
    found = replay_json(tmp_path, "run.ndjson", "--max-smape", "99")
    assert {n: f["samples"] for n, f in found["strata"]["model"].items()} == {"a": 1, "b": 1, "unknown": 1}
    assert {n: f["samples"] for n, f in found["strata"]["agent"].items()} == {"unknown": 2, "x": 1}
    assert found["current_strata"]["model"]["a"]["mean_smape"] == pytest.approx(59.8075, abs=1e-4)


def test_settings_and_telemetry_are_those_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_text("[telemetry.gates]\nmean_smape = 30\n")
    (tmp_path / "telemetry").mkdir()
    (tmp_path / "telemetry" / "seed.ndjson").write_bytes(SEED.read_bytes())
    (tmp_path / "src").mkdir()
    assert replay(tmp_path / "src").returncode == 1
