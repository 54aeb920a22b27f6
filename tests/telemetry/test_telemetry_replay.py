"""Which rows count, and what is said about the rest."""

from __future__ import annotations

from typing import Any

import pytest
from telemetry_rows import SEED, row

from harness.telemetry.markdown import lines as markdown_lines
from harness.telemetry.plain import lines as plain_lines
from harness.telemetry.profile import load_profile
from harness.telemetry.reader import read_rows
from harness.telemetry.replay import Options, Report, replay


def replayed(*rows: str, **options: Any) -> Report:
    found, problems = read_rows("".join(rows).encode(), "run.ndjson")
    return replay(found, problems, load_profile(), Options({"mean_smape": 50.0}, **options))


def test_the_seed_file() -> None:
    report = replayed(SEED.read_text())
    assert report.samples == 5
    assert report.recorded.mean_smape == pytest.approx(38.7281, abs=1e-4)
    assert report.recorded.median_waste_ratio == pytest.approx(1.5201, abs=1e-4)
    assert report.recorded.underestimation_rate == 0.2
    assert report.success_rate == 0.8
    assert report.current == report.recorded


def test_the_seed_file_with_its_test_row() -> None:
    report = replayed(SEED.read_text(), include_synthetic=True)
    assert report.samples == 6
    assert report.recorded.mean_smape == pytest.approx(35.3037, abs=1e-4)
    assert report.recorded.median_waste_ratio == pytest.approx(1.4882, abs=1e-4)
    assert report.recorded.underestimation_rate == pytest.approx(1 / 3)
    assert report.success_rate == pytest.approx(5 / 6)
    assert report.excluded["synthetic"] == 0
    assert [r.line for r in report.synthetic_rows] == [1]


def test_each_row_is_left_out_for_one_reason() -> None:
    report = replayed(
        row(),
        row(truncated=True, actual_output_tokens=9000),
        row(actual_output_tokens=None),
        row(actual_output_tokens=49),
        row(synthetic=True, truncated=True),
        row(predicted_output_tokens=1332),
        row(predicted_output_tokens=1333),
    )
    assert report.samples == 2
    assert report.excluded == {
        "truncated": 1,
        "synthetic": 2,
        "invalid": 0,
        "unmeasured": 1,
        "implausible": 1,
        "duplicates": 0,
        "backfill": 0,
    }
    assert [(r.line, r.reason) for r in report.excluded_rows] == [
        (2, "truncated"),
        (3, "unmeasured"),
        (4, "implausible"),
        (5, "synthetic"),
        (6, "synthetic"),
    ]


def test_failed_rows_count_and_success_is_over_all_production_rows() -> None:
    report = replayed(
        row(success=False),
        row(success=True, truncated=True),
        row(success=False, actual_output_tokens=None),
        row(success=True, synthetic=True),
    )
    assert report.samples == 1
    assert report.success_rate == pytest.approx(1 / 3)


def test_phases_are_counted_where_rows_tell() -> None:
    report = replayed(row(), row(phase_success=False), row(phase_success=True))
    assert report.phase_success_rate == 0.5
    assert replayed(row()).phase_success_rate is None


def test_truncated_rows_are_lower_bounds() -> None:
    bounds = replayed(
        row(truncated=True, predicted_output_tokens=6000, actual_output_tokens=8000),
        row(truncated=True, predicted_output_tokens=8000, actual_output_tokens=4000),
        row(truncated=True, predicted_output_tokens=10000, actual_output_tokens=None),
    ).truncated
    assert (bounds.count, bounds.mean_predicted, bounds.mean_actual) == (3, 8000, 6000)
    assert bounds.underestimation_rate == 0.5


def test_identical_rows_of_an_attempt_count_once() -> None:
    report = replayed(row(attempt=1), row(attempt=1), row(attempt=2))
    assert report.samples == 2
    assert report.excluded["duplicates"] == 1
    assert "run.ndjson:1" in report.excluded_rows[0].why


def test_contradicting_rows_of_an_attempt_are_problems() -> None:
    report = replayed(row(attempt=1), row(attempt=1, actual_output_tokens=5000))
    assert report.samples == 1
    assert report.excluded["invalid"] == 1
    assert [(p.line, "run.ndjson:1" in p.reason) for p in report.problems] == [(2, True)]
    assert report.recorded.median_waste_ratio == pytest.approx(7020 / 3788)


def test_rows_with_neither_attempt_nor_time_are_never_duplicates() -> None:
    report = replayed(row(), row(timestamp=""), row(), row(timestamp=None))
    assert report.samples == 4
    assert (report.excluded["duplicates"], report.remarks) == (0, ())


@pytest.mark.parametrize(
    ("stored", "field"),
    [
        ({"smape_percent": 100.0}, "smape_percent"),
        ({"waste_ratio": 185}, "waste_ratio"),
        ({"waste_ratio": 10**400}, "waste_ratio"),
        ({"underestimated": True}, "underestimated"),
        ({"underestimated": 1}, "underestimated"),
        ({"implausible": True}, "implausible"),
        ({"deliverable_count": 1}, "deliverable_count"),
        ({"smape_percent": "59.8"}, "smape_percent"),
        ({"smape_percent": [[1]]}, "smape_percent"),
    ],
)
def test_stored_figures_are_recomputed(stored: dict[str, Any], field: str) -> None:
    report = replayed(row(**stored))
    assert [remark.field for remark in report.remarks] == [field]
    assert report.recorded.mean_smape == pytest.approx(59.8075, abs=1e-4)


def test_stored_figures_may_be_rounded() -> None:
    rounded = {"smape_percent": 59.8, "waste_ratio": 1.85, "underestimated": False}
    assert replayed(row(**rounded)).remarks == ()
    assert replayed(row(smape_percent=None, waste_ratio=None)).remarks == ()


def test_today_reads_what_the_phase_base_had() -> None:
    size = {"bytes": 900, "lines": 100, "imports": 5, "indent": 8}
    facts = [
        {"path": "src/a.py", "existed": True, **size},
        {"path": "tests/test_a.py", "existed": False},
    ]
    report = replayed(row(deliverable_facts=facts))
    current = report.rows[0].current
    assert current is not None
    assert current.tokens == int((2000 + 700 + 1400) * 1.3)


def test_what_was_left_out_of_a_row_cannot_be_predicted_again() -> None:
    report = replayed(
        row(), row(deliverable_count=26), row(deliverables=["x" * 197 + "..."], deliverable_count=1)
    )
    assert (report.samples, report.current.samples) == (3, 1)
    assert any("run.ndjson:2" in line for line in plain_lines(report))


def test_strata() -> None:
    report = replayed(
        row(category="tests", complexity="high", deliverable_count=9),
        row(category="testing", complexity="low", deliverable_count=40),
        row(category="backend", complexity="odd", deliverables=[], deliverable_count=0),
    )
    assert {name: f.samples for name, f in report.strata["category"].items()} == {
        "backend": 1,
        "testing": 2,
    }
    assert list(report.strata["complexity"]) == ["low", "high", "odd"]
    assert list(report.strata["deliverables"]) == ["0", "8-15", "16+"]


def test_no_samples() -> None:
    report = replayed(row(truncated=True))
    assert report.gates == ()
    assert report.recorded.mean_smape is None
    assert plain_lines(report)[-1] == "no samples; gates not evaluated"


def test_markdown_shows_hostile_text_as_itself() -> None:
    report = replayed(row(category="a|b\n# <img src=x> [l](u) `c`", phase_id="p", truncated=False))
    shown = markdown_lines(report, rows=True)
    assert shown[0] == "### Telemetry replay"
    line = next(line for line in shown if line.startswith("| a"))
    assert line.startswith(r"| a\|b \# \<img src=x\> \[l\](u) \`c\` |")
    assert line.replace(r"\|", "").count("|") == 7
    assert not any("\n" in line for line in shown)
