"""Telemetry rows: people may add whole ones and never lose or change one."""

from __future__ import annotations

import json

import pytest
from guard_rows import FIRST, OLD, SECOND, WHOLE, row
from hypothesis import given
from hypothesis import strategies as st

from harness.telemetry.growth import growth_fault, is_row
from harness.telemetry.reader import read_rows

FILE = "telemetry/demo.ndjson"
CHANGED = [("telemetry-changed", FILE)]


@pytest.mark.parametrize(
    "content",
    [
        OLD + row(),
        row(attempt=4) + FIRST + row(attempt=5) + SECOND + row(attempt=6),
        OLD + row() + row(),
        OLD + row(run_id=None, actual_output_tokens=None, unknown_key={"a": 1}),
    ],
)
def test_growth_by_whole_rows_passes(repository, content):
    repository.write(FILE, content)
    repository.write("telemetry/new.ndjson", row())
    repository.write("telemetry/README.md", "free text\n")
    repository.write("telemetry/deeper/x.ndjson", "no row\n")
    repository.git("add", "-A")
    assert repository.refused() == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        FIRST,
        SECOND + FIRST,
        FIRST + row(attempt=4),
        OLD + row()[:-2],
        OLD + row()[:-1],
        OLD + "[1]\n",
        OLD + "\n",
        OLD + "{}\n",
        OLD + row(cost=float("nan")),
        OLD + '{"a":' * 200_000 + "\n",
        OLD.replace("\n", "\r\n"),
    ],
)
def test_anything_else_is_refused(repository, content):
    repository.write(FILE, content)
    repository.git("add", "-A")
    assert repository.refused() == CHANGED


def test_a_new_file_holds_rows_only(repository):
    repository.write("telemetry/new.ndjson", row() + "prose\n")
    repository.git("add", "-A")
    assert repository.refused() == [("telemetry-changed", "telemetry/new.ndjson")]


@pytest.mark.parametrize(
    "commands",
    [
        [["rm", "-q", FILE]],
        [["mv", FILE, "telemetry/other.ndjson"]],
        [["update-index", "--chmod=+x", FILE]],
    ],
)
def test_the_file_itself_stays(repository, commands):
    for command in commands:
        repository.git(*command)
    assert repository.refused() == CHANGED


def test_a_link_to_the_same_rows_is_no_telemetry(repository):
    repository.write("kept.txt", OLD)
    (repository.path / FILE).unlink()
    (repository.path / FILE).symlink_to("../kept.txt")
    repository.git("add", "-A")
    assert repository.refused() == CHANGED


def test_a_protected_telemetry_folder_does_not_even_grow(repository):
    repository.write("harness.toml", '[policy]\nprotected = ["telemetry/"]\n')
    repository.commit()
    repository.write(FILE, OLD + row())
    repository.git("add", "-A")
    assert repository.refused() == [("protected-path", FILE)]


NO_ROWS = [
    '{"a": 1, "a": 2}',
    row()[:-2] + ', "run_id": "other"}',
    row()[:-2] + ', "cost": 1e999}',
    row()[:-2] + ', "cost": ' + "9" * 5000 + "}",
    row()[:-2] + ', "cost": -Infinity}',
    row().encode("utf-16"),
    row().encode().replace(b"demo", b"\xff"),
    row(run_id=...),
    row(run_id=7),
    row(phase_id=...),
    row(phase_id=None),
    row(predicted_output_tokens=...),
    row(predicted_output_tokens=None),
    row(predicted_output_tokens=True),
    row(predicted_output_tokens=-1),
    row(predicted_output_tokens=2**53),
    row(actual_output_tokens=...),
    row(actual_output_tokens="650"),
    row(actual_output_tokens=650.5),
    row(schema="harness.sample/1", actual_output_tokens=650.0),
]


@pytest.mark.parametrize("line", NO_ROWS, ids=lambda line: ascii(line[-60:]))
def test_what_replay_calls_invalid_is_no_row_to_the_guard(line):
    data = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    assert not is_row(data.rstrip(b"\n"))
    assert read_rows(data, "x")[0] == []


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just(...)


@given(st.dictionaries(st.sampled_from([*WHOLE, "cost", "model", "unknown"]), VALUES, max_size=3))
def test_every_row_that_replay_takes_is_one_to_the_guard(changes):
    line = row(**changes).encode()
    rows, _ = read_rows(line, "x")
    assert len(rows) <= is_row(line.rstrip(b"\n"))


ROWS = st.lists(
    st.builds(
        lambda attempt, model: {**WHOLE, "attempt": attempt, "model": model}, st.integers(1, 3), st.text()
    ),
    max_size=6,
)


def ndjson(rows) -> bytes:
    return "".join(json.dumps(fields) + "\n" for fields in rows).encode()


@given(ROWS, ROWS, st.randoms(use_true_random=False))
def test_the_union_of_two_files_is_growth_of_both(ours, theirs, random):
    merged = [*((0, row) for row in ours), *((1, row) for row in theirs)]
    order = sorted(range(len(merged)), key=lambda _: random.random())
    # Shuffle which side comes next, keeping each side's own order.
    sides = [merged[index][0] for index in order]
    queues = [iter(ours), iter(theirs)]
    union = ndjson(next(queues[side]) for side in sides)
    assert growth_fault(ndjson(ours), union) == ""
    assert growth_fault(ndjson(theirs), union) == ""


@given(ROWS.filter(len), st.data())
def test_no_row_can_be_lost(rows, data):
    lost = data.draw(st.integers(0, len(rows) - 1))
    assert growth_fault(ndjson(rows), ndjson(rows[:lost] + rows[lost + 1 :])) != ""
