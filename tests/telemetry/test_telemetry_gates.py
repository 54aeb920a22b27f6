"""Each gate, met, missed and not to be told: the exit code, the reason, and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from telemetry_rows import replay, row, telemetry

BETWEEN = {"predicted_lower_tokens": 6000, "predicted_upper_tokens": 12000}
ACTUAL = (5000, 10000, 20000, 8000)

# Of the rows below: what each gate asks, its figure, a limit that is met, one that is missed.
GATES = {
    "mean_smape": ("below", "38.9", 38.9, 38.8),
    "median_waste_ratio": ("below", "1.125", 1.126, 1.125),
    "underestimation_rate": ("at most", "0.25", 0.25, 0.249),
    "truncation_rate": ("at most", "0.2", 0.2, 0.199),
    "interval_coverage": ("at least", "0.5", 0.5, 0.501),
}


def write(folder: Path, **limits: float) -> None:
    """A harness.toml with these limits beside four samples and a truncated row."""
    lines = [row(predicted_output_tokens=10_000, actual_output_tokens=a, **BETWEEN) for a in ACTUAL]
    lines.append(row(predicted_output_tokens=10_000, actual_output_tokens=64_000, truncated=True))
    (folder / "run.ndjson").write_text("".join(lines))
    config(folder, **limits)


def config(folder: Path, **limits: float) -> None:
    keys = "".join(f"{name} = {limit}\n" for name, limit in limits.items())
    (folder / "harness.toml").write_text(f"[telemetry.gates]\n{keys}")


@pytest.mark.parametrize("gate", GATES)
def test_a_gate_is_met(tmp_path: Path, gate: str) -> None:
    _, _, met, _ = GATES[gate]
    write(tmp_path, **{gate: met})
    done = replay(tmp_path, "run.ndjson", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    made = {g["name"]: g for g in json.loads(done.stdout)["gates"]}
    assert (made[gate]["limit"], made[gate]["passed"]) == (met, True)
    assert "MISSED" not in replay(tmp_path, "run.ndjson").stdout


@pytest.mark.parametrize("gate", GATES)
def test_a_gate_is_missed(tmp_path: Path, gate: str) -> None:
    bound, value, _, missed = GATES[gate]
    write(tmp_path, **{gate: missed})
    done = replay(tmp_path, "run.ndjson", "--json")
    reason = f"harness: gate missed: {gate} is {value}, it must be {bound} {missed:g} [gate-missed]\n"
    assert (done.returncode, done.stderr) == (1, reason)
    assert [g["name"] for g in json.loads(done.stdout)["gates"] if not g["passed"]] == [gate]
    for form in ((), ("--markdown",)):
        shown = replay(tmp_path, "run.ndjson", *form)
        assert (shown.returncode, "MISSED" in shown.stdout) == (1, True)


def test_every_gate_that_is_missed_has_its_line(tmp_path: Path) -> None:
    write(tmp_path, **{name: missed for name, (_, _, _, missed) in GATES.items()})
    done = replay(tmp_path, "run.ndjson")
    assert done.returncode == 1
    assert [line.split()[3] for line in done.stderr.splitlines()] == list(GATES)


def test_the_flag_sets_one_gate_and_leaves_the_others(tmp_path: Path) -> None:
    write(tmp_path, mean_smape=1, truncation_rate=0.1)
    done = replay(tmp_path, "run.ndjson", "--max-smape", "99")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "truncation_rate" in line
    write(tmp_path, truncation_rate=0.3)
    assert replay(tmp_path, "run.ndjson", "--max-smape", "38").returncode == 1
    assert replay(tmp_path, "run.ndjson", "--max-smape", "39").returncode == 0


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize(
    "rows", ["", row(truncated=True), row(synthetic=True), row(actual_output_tokens=None)]
)
def test_without_samples_no_gate_is_evaluated(tmp_path: Path, gate: str, rows: str) -> None:
    config(tmp_path, **{gate: GATES[gate][3]})
    (tmp_path / "run.ndjson").write_text(rows)
    done = replay(tmp_path, "run.ndjson", "--json", "--max-smape", "0.1")
    assert (done.returncode, json.loads(done.stdout)["gates"]) == (0, [])
    assert done.stderr == "no samples; gates not evaluated\n"


def test_a_figure_no_sample_has_is_missed(tmp_path: Path) -> None:
    config(tmp_path, mean_smape=99, interval_coverage=0)
    (tmp_path / "run.ndjson").write_text(row())
    done = replay(tmp_path, "run.ndjson", "--json")
    assert done.returncode == 1
    assert "interval_coverage is not known, as no sample has it; it must be at least 0" in done.stderr
    assert [(g["name"], g["value"]) for g in json.loads(done.stdout)["gates"]][1] == (
        "interval_coverage",
        None,
    )


def test_a_figure_near_its_limit_is_told_with_the_digits_that_matter(tmp_path: Path) -> None:
    config(tmp_path, mean_smape=199, underestimation_rate=0.333)
    lines = [row(actual_output_tokens=9000), row() * 2]
    (tmp_path / "run.ndjson").write_text("".join(lines))
    (line,) = replay(tmp_path, "run.ndjson").stderr.splitlines()
    assert "is 0.3333333333333333, it must be at most 0.333 " in line


def test_a_report_shows_what_is_missed_and_is_no_failure(tmp_path: Path) -> None:
    write(tmp_path, **{name: missed for name, (_, _, _, missed) in GATES.items()})
    done = telemetry(tmp_path, "report", "run.ndjson", "--json")
    assert (done.returncode, json.loads(done.stdout)["gates_missed"]) == (0, list(GATES))


def test_a_rounded_figure_is_not_shown_on_the_other_side_of_its_limit(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "run.ndjson").write_text(row(predicted_output_tokens=10_000, actual_output_tokens=6002))
    assert "Gate mean_smape: 49.9687539057617" in replay(tmp_path, "run.ndjson").stdout
    telemetry(tmp_path, "report", "run.ndjson", "--output", "page.html")
    assert '<td class="n">49.96875' in (tmp_path / "page.html").read_text()
