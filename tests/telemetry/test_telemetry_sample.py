"""Writing rows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.telemetry.deliverable import DeliverableFacts, FileSize
from harness.telemetry.reader import read_rows
from harness.telemetry.sample import DeliverableRecord, Sample, encode_row

FIELDS: dict[str, Any] = {
    "run_id": "demo",
    "phase_id": "slugify",
    "attempt": 1,
    "category": "implementation",
    "complexity": "low",
    "deliverables": ["src/slug.py", "tests/test_slug.py"],
    "predicted_output_tokens": 7020,
    "actual_output_tokens": 3788,
    "success": True,
    "truncated": False,
}

ORIGINAL_KEYS = {
    "run_id",
    "phase_id",
    "timestamp",
    "category",
    "complexity",
    "deliverable_count",
    "deliverables",
    "predicted_output_tokens",
    "actual_output_tokens",
    "selected_budget",
    "success",
    "truncated",
    "stop_reason",
    "model",
}


def sample(**changes: Any) -> Sample:
    return Sample(**{**FIELDS, **changes})


def test_a_row_is_one_line_with_its_schema_first() -> None:
    line = encode_row(sample(phase_id="two\nlines\u2028 é"))
    assert line.endswith("}\n")
    assert len(line.splitlines()) == 1
    keys = list(json.loads(line))
    assert keys[0] == "schema"
    assert keys[1:] == sorted(keys[1:])
    assert set(keys) >= ORIGINAL_KEYS


def test_what_is_unknown_is_null() -> None:
    written = json.loads(encode_row(sample(actual_output_tokens=None)))
    for name in ("actual_output_tokens", "input_tokens", "cost", "stop_reason", "phase_success"):
        assert written[name] is None
    assert written["implausible"] is False


def test_many_and_long_deliverables_are_bounded() -> None:
    long = "tests/" + "x" * 241 + ".py"
    paths = [long, *(f"src/m{n}.py" for n in range(25))]
    made = sample(
        deliverables=paths,
        deliverable_facts=[DeliverableRecord.of(DeliverableFacts(p, existed=False)) for p in paths],
    )
    assert made.deliverable_count == 26
    assert len(made.deliverables) == len(made.deliverable_facts) == 20
    assert made.deliverables[0] == made.deliverable_facts[0].path == long[:197] + "..."
    assert made.deliverables[1] == "src/m0.py"
    assert made.complete_facts is None


@pytest.mark.parametrize(("actual", "implausible"), [(0, True), (49, True), (50, False)])
def test_too_few_tokens_are_flagged_whatever_is_claimed(actual: int, implausible: bool) -> None:
    assert sample(actual_output_tokens=actual).implausible is implausible
    assert sample(actual_output_tokens=actual, implausible=not implausible).implausible is implausible


def test_an_agents_words_are_bounded() -> None:
    made = sample(model="m" * 5000, stop_reason="s" * 5000)
    assert made.model == "m" * 197 + "..."
    assert made.stop_reason == "s" * 197 + "..."


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost": float("nan")},
        {"cost": float("inf")},
        {"cost": -0.1},
        {"duration": float("nan")},
        {"predicted_output_tokens": -1},
        {"predicted_output_tokens": 12.5},
        {"predicted_output_tokens": "12"},
        {"predicted_output_tokens": True},
        {"actual_output_tokens": 2**53},
        {"attempt": 0},
        {"success": 1},
        {"tokens": 5},
    ],
)
def test_a_wrong_sample_cannot_be_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        sample(**wrong)


def test_the_writer_refuses_what_slipped_past_validation() -> None:
    with pytest.raises(ValueError):
        encode_row(sample().model_copy(update={"cost": float("nan")}))


def test_facts_come_back_as_they_were() -> None:
    facts = (
        DeliverableFacts("src/slug.py", existed=True, size=FileSize(900, 30, 2, 8)),
        DeliverableFacts("tests/test_slug.py", existed=False),
    )
    made = sample(deliverable_facts=tuple(map(DeliverableRecord.of, facts)))
    assert made.complete_facts == facts


def test_without_facts_every_deliverable_is_new() -> None:
    assert sample().complete_facts == (
        DeliverableFacts("src/slug.py", existed=False),
        DeliverableFacts("tests/test_slug.py", existed=False),
    )


texts = st.text(max_size=30)
counts = st.none() | st.integers(0, 2**53 - 1)
amounts = st.none() | st.floats(0, allow_nan=False, allow_infinity=False)
records = st.builds(
    DeliverableRecord,
    path=texts,
    existed=st.booleans(),
    bytes=counts,
    lines=counts,
    imports=counts,
    indent=counts,
)
samples = st.builds(
    Sample,
    run_id=texts,
    phase_id=texts,
    attempt=st.none() | st.integers(1, 10**6),
    timestamp=st.none() | texts,
    commit=st.none() | texts,
    category=texts,
    complexity=texts,
    deliverable_count=st.integers(0, 99),
    deliverables=st.lists(st.text(max_size=300), max_size=30),
    deliverable_facts=st.lists(records, max_size=25),
    predicted_output_tokens=st.integers(0, 2**53 - 1),
    actual_output_tokens=counts,
    selected_budget=counts,
    input_tokens=counts,
    cost=amounts,
    duration=amounts,
    success=st.booleans(),
    phase_success=st.none() | st.booleans(),
    truncated=st.booleans(),
    stop_reason=st.none() | st.text(max_size=300),
    profile_version=st.none() | st.integers(1, 9),
    synthetic=st.booleans(),
)


@given(st.lists(samples, max_size=3))
def test_what_is_written_is_read_back(written: list[Sample]) -> None:
    rows, problems = read_rows("".join(map(encode_row, written)).encode(), "x")
    assert problems == []
    assert [row.sample for row in rows] == written
