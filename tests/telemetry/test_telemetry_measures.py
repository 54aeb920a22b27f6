"""The figures, and the gates over them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.telemetry.files import load_settings
from harness.telemetry.gates import evaluate, parse_limit
from harness.telemetry.measures import Figures, bucket, figures, smape, underestimated, waste_ratio
from harness.telemetry.replay import gate_values


@pytest.mark.parametrize(
    ("predicted", "actual", "error", "waste", "under"),
    [
        (1200, 800, 40.0, 1.5, False),
        (500, 700, 33.333333, 0.714286, True),
        (250, 100, 85.714286, 2.5, False),
        (100, 120, 18.181818, 0.833333, True),
        (100, 100, 0.0, 1.0, False),
        (0, 100, 200.0, 0.0, True),
    ],
)
def test_one_pair(predicted: int, actual: int, error: float, waste: float, under: bool) -> None:
    assert smape(predicted, actual) == pytest.approx(error)
    assert waste_ratio(predicted, actual) == pytest.approx(waste)
    assert underestimated(predicted, actual) is under


def test_nothing_used() -> None:
    assert smape(0, 0) == 0.0
    assert waste_ratio(100, 0) is None
    assert figures([(100, 0)]).median_waste_ratio is None


def test_an_even_median_is_the_mean_of_the_middle_two() -> None:
    made = figures([(100, 100), (200, 100), (400, 100), (1000, 100)])
    assert made.median_waste_ratio == 3.0
    assert made.median_smape == pytest.approx((smape(200, 100) + smape(400, 100)) / 2)


def test_no_samples_have_no_figures() -> None:
    assert figures([]) == Figures(0)


@given(st.lists(st.tuples(st.integers(0, 2**53), st.integers(0, 2**53)), min_size=1))
def test_figures_stay_within_their_ranges(pairs: list[tuple[int, int]]) -> None:
    made = figures(pairs)
    assert made.mean_smape is not None and 0 <= made.mean_smape <= 200.000001
    assert made.underestimation_rate is not None and 0 <= made.underestimation_rate <= 1


@pytest.mark.parametrize(
    ("count", "name"),
    [
        (0, "0"),
        (1, "1-3"),
        (3, "1-3"),
        (4, "4-7"),
        (7, "4-7"),
        (8, "8-15"),
        (15, "8-15"),
        (16, "16+"),
    ],
)
def test_buckets(count: int, name: str) -> None:
    assert bucket(count) == name


def test_a_gate_is_missed_at_its_limit() -> None:
    at_limit = figures([(150, 50)])
    assert at_limit.mean_smape == 100.0
    values = gate_values(at_limit, 0.0)
    assert [gate.passed for gate in evaluate({"mean_smape": 100}, values)] == [False]
    assert [gate.passed for gate in evaluate({"mean_smape": 100.1}, values)] == [True]
    assert evaluate({"mean_smape": 50}, gate_values(figures([]), None)) == []


@pytest.mark.parametrize("text", ["", "fifty", "nan", "inf", "-1", "0"])
def test_a_limit_is_a_percentage(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_limit(text)
    assert caught.value.code == "bad-gate"


def test_settings_default_where_nothing_is_said(tmp_path: Path) -> None:
    assert load_settings(tmp_path).gates.mean_smape == 50
    (tmp_path / "harness.toml").write_text("[policy]\nprotected = 7\n")
    assert load_settings(tmp_path).gates.mean_smape == 50


def test_settings_are_read_from_harness_toml(tmp_path: Path) -> None:
    text = '[telemetry]\nprofile = "seed"\n[telemetry.gates]\nmean_smape = 35\n'
    (tmp_path / "harness.toml").write_text(text)
    assert load_settings(tmp_path).gates.mean_smape == 35


@pytest.mark.parametrize("value", ['"50"', "true", "-1", "nan", "[50]"])
def test_a_gate_of_the_wrong_type_is_an_error(tmp_path: Path, value: str) -> None:
    (tmp_path / "harness.toml").write_text(f"[telemetry.gates]\nmean_smape = {value}\n")
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path)
    assert "mean_smape" in caught.value.message
    assert "harness.toml:2" in caught.value.message


def test_an_unknown_gate_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_text("[telemetry.gates]\nmean_smap = 50\n")
    with pytest.raises(UsageError, match="mean_smap"):
        load_settings(tmp_path)
