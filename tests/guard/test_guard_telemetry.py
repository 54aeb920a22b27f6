"""Telemetry rows: people may add whole ones and never lose or change one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.guard import growth_fault

FILE = "telemetry/demo.ndjson"
OLD = '{"a": 1}\n{"a": 2}\n'
CHANGED = [("telemetry-changed", FILE)]


@pytest.mark.parametrize(
    "content",
    [
        OLD + '{"a": 3}\n',
        '{"b": 1}\n{"a": 1}\n{"b": 2}\n{"a": 2}\n{"b": 3}\n',
        OLD + OLD,
    ],
)
def test_growth_by_whole_rows_passes(repository, content):
    repository.write(FILE, content)
    repository.write("telemetry/new.ndjson", '{"c": {}}\n')
    repository.write("telemetry/README.md", "free text\n")
    repository.write("telemetry/deeper/x.ndjson", "no row\n")
    repository.git("add", "-A")
    assert repository.refused() == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"a": 1}\n',
        '{"a": 2}\n{"a": 1}\n',
        '{"a": 1}\n{"a": 3}\n',
        OLD + '{"a": 3',
        OLD + '{"a": 3}',
        OLD + "[1]\n",
        OLD + "\n",
        OLD + '{"a": NaN}\n',
        OLD + '{"a":' * 200_000 + "\n",
        OLD.replace("\n", "\r\n"),
    ],
)
def test_anything_else_is_refused(repository, content):
    repository.write(FILE, content)
    repository.git("add", "-A")
    assert repository.refused() == CHANGED


def test_a_new_file_holds_rows_only(repository):
    repository.write("telemetry/new.ndjson", '{"a": 1}\nprose\n')
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
    repository.write(FILE, OLD + '{"a": 3}\n')
    repository.git("add", "-A")
    assert repository.refused() == [("protected-path", FILE)]


ROWS = st.lists(st.dictionaries(st.text(max_size=3), st.integers(), max_size=2), max_size=6)


def ndjson(rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


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
