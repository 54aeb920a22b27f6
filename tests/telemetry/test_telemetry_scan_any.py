"""Whatever stands in telemetry files, both ways through them say the same, and nothing is miscounted."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from telemetry_rows import PLAIN, replay, row
from test_telemetry_scan import DIRT, LISTS, OPTIONS, compare, same

from harness.telemetry.replay import Options
from harness.telemetry.sample import Sample

numbers = st.integers(-3, 2**54) | st.sampled_from([0, -0.0, 0.0, 1.5, 49, 50, 3788, 1e300, 2**53 - 1, 2**53])
texts = st.text(max_size=12) | st.sampled_from(["low", "docs", "m1", "2100-01-01T00:00:00Z", "x" * 300])
anything = st.recursive(
    st.none() | st.booleans() | numbers | st.just(float("nan")) | st.just(float("inf")) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from([*Sample.model_fields, "smape_percent", "waste_ratio", "underestimated", "unknown"])
FUTURE = {"schema": "harness.sample/2"}
KNOWN = {"schema": "harness.sample/1"}
changes = (
    st.dictionaries(names, anything, max_size=3)
    | st.sampled_from([{}, {}, {}, FUTURE, KNOWN])
    | st.builds(lambda n: {"actual_output_tokens": n}, st.integers(50, 9000))
)
STYLES = [(", ", ": "), (",", ":"), (" , ", " :")]
PLAIN_ROW = row().encode()
ENDS = [b"\n", b"\n", b"\n", b"\r\n", b"", b" \n"]


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A row, sound or not, of few attempts, so that some repeat or contradict; or no row at all."""
    fields = PLAIN | {"attempt": draw(st.integers(1, 4)), "phase_id": draw(st.sampled_from("ab"))}
    text = json.dumps(fields | draw(changes), separators=draw(st.sampled_from(STYLES))).encode()
    damage = draw(st.sampled_from(["", "", "", "", "cut", "put", "twice", "raw"]))
    at = draw(st.integers(0, len(text)))
    if damage == "cut":
        text = text[:at]
    elif damage == "put":
        text = text[:at] + draw(st.binary(max_size=4)) + text[at:]
    elif damage == "twice":
        text = text[:-1] + b', "attempt": 1}'
    elif damage == "raw":
        text = draw(st.binary(max_size=20) | st.sampled_from([b"=======", b"\xef\xbb\xbf", b"[]", b"{}"]))
    return text + draw(st.sampled_from(ENDS))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Several lines, many of them the same."""
    some = draw(st.lists(lines(), min_size=1, max_size=4))
    return b"".join(draw(st.lists(st.sampled_from(some), max_size=25)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(files(), min_size=1, max_size=3), st.booleans(), st.booleans(), st.sampled_from([1, 600, 9000])
)
@example([PLAIN_ROW, PLAIN_ROW.replace(b'": ["', b'": ["\x80')], False, False, 1)
def test_both_ways_say_the_same_of_anything(
    tmp_path: Path, histories: list[bytes], synthetic: bool, backfill: bool, size: int
) -> None:
    paths = []
    for number, data in enumerate(histories):
        paths.append(tmp_path / f"{number}.ndjson")
        paths[-1].write_bytes(data)
    found = compare(paths, Options(OPTIONS.limits, synthetic, backfill), size)
    excluded: dict[str, Any] = found["excluded"]
    left_out = sum(excluded.values()) - excluded["invalid"]
    assert found["samples"] + left_out == found["valid"]
    assert len(found["problems"]) == excluded["invalid"] == sum(c["count"] for c in found["problem_counts"])


def history(chance: random.Random, size: int) -> bytes:
    """Rows of `size` bytes, of attempts that often repeat, contradict each other or aren't rows."""
    found: list[bytes] = []
    while size > 0:
        fields = {"attempt": chance.randint(1, 20_000), "actual_output_tokens": chance.randint(40, 60) * 100}
        line = row(**fields).encode()
        if chance.random() < 0.02:
            line = chance.choice([*DIRT, line[: chance.randint(1, len(line))]])
        found.append(line)
        size -= len(line)
    return b"".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(9 << 20, 8 << 20)])
def test_the_command_says_the_same_row_by_row(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    chance = random.Random(len(sizes) + sizes[0])
    for number, size in enumerate(sizes):
        (tmp_path / f"{number}.ndjson").write_bytes(history(chance, size))
    arguments = ("0.ndjson", "1.ndjson", "--json", "--max-smape", "199")
    large, by_row = replay(tmp_path, *arguments), replay(tmp_path, *arguments, "--rows")
    one, other = json.loads(large.stdout), json.loads(by_row.stdout)
    assert (one["listed"], other["listed"], other.pop("rows") != []) == (False, True, True)
    assert (large.returncode, large.stderr) == (by_row.returncode, by_row.stderr)
    for name in other:
        assert name in LISTS or same(one[name], other[name]), name


@pytest.mark.parametrize("run", range(6))  # half of all hashes are beyond what is signed
def test_one_repeat_alone_is_found(tmp_path: Path, run: int) -> None:
    lines = [row(run_id=f"r{run}", attempt=number) for number in (1, 2, 1)]
    (tmp_path / "one.ndjson").write_text("".join(lines))
    assert compare([tmp_path / "one.ndjson"])["excluded"]["duplicates"] == 1
