"""The fast way through many rows says exactly what the way row by row says."""

from __future__ import annotations

import json
import math
import random
import statistics
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telemetry_rows import PLAIN, SEED, row

from harness.telemetry.document import document
from harness.telemetry.files import read_files
from harness.telemetry.profile import load_profile
from harness.telemetry.replay import Options, Other, replay
from harness.telemetry.sample import Sample, encode_row
from harness.telemetry.scan import forecasts, medians, piece, reading, repeats, signatures
from harness.telemetry.scan.columns import Columns
from harness.telemetry.scan.forecasts import Forecasts
from harness.telemetry.scan.piece import Known
from harness.telemetry.scan.reading import read
from harness.telemetry.scan.replayed import replay_files
from harness.telemetry.scan.template import KIND_OF

OPTIONS = Options({"mean_smape": 50.0, "truncation_rate": 0.5, "interval_coverage": 0.9})
LISTS = ("excluded_rows", "synthetic_rows", "listed", "remarks")


def same(one: Any, other: Any) -> bool:
    """Equal, floats to their last digits; NaN is never equal."""
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    return type(one) is type(other) and bool(one == other)


def compare(files: list[Path], options: Options = OPTIONS, size: int = 600) -> dict[str, Any]:
    """Both ways through the files; the document of the one by rows."""
    profile = load_profile()
    other = Other("REF", "0" * 40, profile)
    by_row = document(replay(*read_files(files), profile, options, other))
    remarks = [(r["source"], r["line"], r["field"]) for r in by_row["remarks"]]
    # As with few different lists of deliverables, and as with many; by more processes or fewer.
    for many, processors in ((forecasts._MANY, 5), (-1, 2)):
        with (
            patch.object(forecasts, "_MANY", many),
            patch.object(reading, "_processors", lambda processors=processors: processors),
        ):
            found = document(replay_files(files, profile, options, other, size=size, worth_a_process=2000))
        for name in by_row:
            if name not in LISTS:
                assert same(by_row[name], found[name]), (name, many, by_row[name], found[name])
        assert sorted((r["source"], r["line"], r["field"]) for r in found["remarks"]) == sorted(remarks)
    return by_row


def is_clean(tmp_path: Path, data: bytes) -> bool:
    """Whether no line of a file had to be read by itself."""
    (tmp_path / "one.ndjson").write_bytes(data)
    known = Known(Forecasts([load_profile()]))
    found = list(read(tmp_path / "one.ndjson", known))
    return bool(known.templates) and len(found) == 1 and isinstance(found[0], Columns)


VALUES: dict[str, list[Any]] = {
    "attempt": [None, 1, 2, 3],
    "timestamp": [None, "", "2025-12-24T00:50:52.799611", "2025-12-24T01:23:13Z", "3"],
    "category": ["implementation", "docs", "Testing ", "IMPLEMENT_FEATURE", ""],
    "complexity": ["low", "medium", "high", "maintenance", "odd"],
    "deliverables": [[], ["src/a.py"], ["src/new1.md", "tests/test_b2.py"], [f"m{n}.py" for n in range(17)]],
    "deliverable_count": [0, 1, 2, 17, 30],
    "model": [None, "m1", "m2", "x" * 300],
    "predicted_output_tokens": [0, 100, 2000, 7020, 19240, 2**53 - 1],
    "actual_output_tokens": [None, 0, 49, 50, 3788, 20000, 2**53 - 1],
    "success": [True, False],
    "truncated": [True, False, False],
    "phase_id": ["a", "b"],
}
DIRT: list[bytes] = [
    b"\n",
    b"\xef\xbb\xbf\n",
    b"<<<<<<< HEAD\n",
    b"\x00\x00\n",
    b'{"a": "\xff"}\n',
    b'{"run_id": "r"\n',
    row(schema="harness.sample/2").encode(),
    row(actual_output_tokens=-1).encode(),
    row(actual_output_tokens=...).encode(),
    row(cost=1).encode().replace(b'"cost": 1', b'"cost": NaN'),
    row(cost=1).encode().replace(b'"cost": 1', b'"cost": 1e999'),
    row().encode().replace(b"}\n", b",}\n"),
    row().encode().replace(b"\n", b"\r\n"),
    row().encode().replace(b'"success": true', b'"success": true, "success": true'),
    row(unknown=1).encode().replace(b'"unknown": 1', b'"unknown": 1, "unknown": 2'),
    row(predicted_output_tokens=12.0).encode(),
    row(predicted_output_tokens="12").encode(),
    row(predicted_output_tokens=True).encode(),
    row(model=5).encode(),
    row(category=None).encode(),
    row(deliverable_count="2").encode(),
    row(deliverable_count=2.0).encode(),
    row(success=None).encode(),
    row(success="true").encode(),
    row(synthetic=None).encode(),
    row(synthetic=True).encode(),
    row(source="backfill").encode(),
    row(smape_percent=100.0).encode(),
    row(smape_percent=59.8).encode(),
    row(waste_ratio=185).encode(),
    row(implausible=True).encode(),
    row(is_truncated_output=False).encode() * 8 + row(is_truncated_output=True).encode(),
    row(deliverables=["a", "b,c", 'd","e', "f\\"]).encode(),
    row(deliverables=[1]).encode(),
    row(deliverables={"code": ["a.py"]}, deliverable_count=...).encode(),
    row(predicted_lower_tokens=1000, predicted_upper_tokens=5000).encode(),
    row(phase_success=False, model="é").encode(),
    row(model="é").encode().replace(b"\\u00e9", "é".encode()),
    b" " + row().encode(),
    b"[1]\n",
    b"null\n",
    b"{}\n",
    row(attempt=1).encode() * 2,
    row(attempt=1).encode() + row(attempt=1, actual_output_tokens=5000).encode(),
    row(
        deliverable_facts=[{"path": "src/a.py", "existed": True, "lines": 9, "imports": 1, "indent": 4}]
    ).encode(),
]


def random_row(chance: random.Random, style: tuple[str, str]) -> bytes:
    fields = {**PLAIN, **{name: chance.choice(values) for name, values in VALUES.items()}}
    fields["deliverable_count"] = max(fields["deliverable_count"], len(fields["deliverables"]))
    return json.dumps(fields, separators=style).encode() + b"\n"


@pytest.mark.parametrize("seed", range(30))
def test_both_ways_say_the_same(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    files = []
    for number in range(2):
        style = chance.choice([(", ", ": "), (",", ":")])
        lines = [random_row(chance, style) for _ in range(chance.randint(0, 60))]
        for _ in range(chance.choice([0, 0, 1, 6])):
            lines.insert(chance.randint(0, len(lines)), chance.choice(DIRT))
        data = b"".join(lines)
        if chance.random() < 0.3:
            data = data[: -chance.randint(1, 40)]
        files.append(tmp_path / f"{number}.ndjson")
        files[-1].write_bytes(data)
    options = Options(OPTIONS.limits, chance.random() < 0.3, chance.random() < 0.3)
    compare(files, options)


@pytest.mark.parametrize("dirt", DIRT, ids=range(len(DIRT)))
def test_every_kind_of_dirt_is_seen(tmp_path: Path, dirt: bytes) -> None:
    for place in (0, 20, 40):
        lines = [row(attempt=n + 5).encode() for n in range(40)]
        lines.insert(place, dirt)
        (tmp_path / "one.ndjson").write_bytes(b"".join(lines))
        found = compare([tmp_path / "one.ndjson"])
        assert found["valid"] >= 40


def test_clean_files_are_read_by_template(tmp_path: Path) -> None:
    data = "".join(row(attempt=n + 1) for n in range(50)).encode()
    assert is_clean(tmp_path, data)
    assert is_clean(tmp_path, data.rstrip(b"\n"))
    assert is_clean(tmp_path, data.replace(b'": ', b'":').replace(b", ", b","))
    assert is_clean(tmp_path, data + b"\n")
    assert is_clean(tmp_path, data.replace(b"\n", b"\r\n"))
    assert not is_clean(tmp_path, data[:-5])
    assert not is_clean(tmp_path, data + row(unknown=1).encode())


def test_rows_of_the_harness_are_clean(tmp_path: Path) -> None:
    fields = {**PLAIN, "deliverables": tuple(PLAIN["deliverables"])}
    lines = [
        encode_row(Sample(**{**fields, "attempt": n + 1, "actual_output_tokens": actual}))
        for n, actual in enumerate([None, 40, 5000])
    ]
    assert is_clean(tmp_path, "".join(lines).encode())


def test_the_seed_has_a_remark_so_it_is_read_line_by_line(tmp_path: Path) -> None:
    assert not is_clean(tmp_path, SEED.read_bytes())
    found = compare([SEED])
    assert round(found["recorded"]["mean_smape"], 1) == 38.7


def test_repeats_across_files_are_found(tmp_path: Path) -> None:
    one, two = tmp_path / "1.ndjson", tmp_path / "2.ndjson"
    one.write_text("".join(row(attempt=n + 1) for n in range(20)))
    two.write_text("".join(row(attempt=n + 1, actual_output_tokens=3788 + n // 19) for n in range(25)))
    found = compare([one, two])
    assert (found["excluded"]["duplicates"], found["excluded"]["invalid"]) == (19, 1)
    assert [problem["line"] for problem in found["problems"]] == [20]


def test_rows_of_the_older_export_repeat_by_their_time(tmp_path: Path) -> None:
    at = {"timestamp": "2025-12-24T00:50:52.799611"}
    clean = "".join(row(phase_id=f"p{n}", timestamp=f"2025-12-24T00:50:{n % 7}") for n in range(40))
    again = (
        row(**at) + row(attempt=None, **at) + row(actual_output_tokens=5000, **at) * 2 + row(timestamp=...)
    )
    (tmp_path / "1.ndjson").write_text(clean + again)
    (tmp_path / "2.ndjson").write_text(row(category="testing", **at) + clean)
    found = compare([tmp_path / "1.ndjson", tmp_path / "2.ndjson"])
    assert (found["samples"], found["excluded"]["duplicates"], found["problems"]) == (44, 42, [])
    assert is_clean(tmp_path, clean.encode())


def test_repeats_that_are_so_to_the_byte_are_read_once(tmp_path: Path) -> None:
    """Rows of one time and other tokens, many of them the same by chance, took 150 microseconds each."""
    at = {"timestamp": "2025-12-24T00:50:52.799611"}
    lines = [row(actual_output_tokens=1000 + n % 7, **at) for n in range(200)]
    (tmp_path / "one.ndjson").write_text("".join(lines))
    with patch.object(repeats, "read_line", wraps=repeats.read_line) as read_again:
        found = compare([tmp_path / "one.ndjson"])
    assert (found["samples"], found["excluded"]["duplicates"]) == (7, 193)
    assert read_again.call_count == 2 * 7


def test_nothing_at_all(tmp_path: Path) -> None:
    (tmp_path / "empty.ndjson").write_bytes(b"")
    found = compare([tmp_path / "empty.ndjson"])
    assert (found["samples"], found["gates"], found["success_rate"]) == (0, [], None)


def test_every_field_of_a_sample_has_a_kind() -> None:
    assert set(Sample.model_fields) - set(KIND_OF) == set()


@pytest.mark.parametrize("length", [1, 15, 16, 17, 40, 47, 48, 49, 63, 64, 65, 96, 97, 200])
def test_keys_of_any_length_are_compared_to_their_end(tmp_path: Path, length: int) -> None:
    key = "k" * length
    lines = [row(**{key: number, "attempt": number + 1}).encode() for number in range(40)]
    assert is_clean(tmp_path, b"".join(lines))
    for place in (0, length // 2, length - 1):
        other = "k" * place + "j" + "k" * (length - place - 1)
        changed = b"".join(lines).replace(lines[7], row(**{other: 1, "attempt": 8}).encode())
        assert not is_clean(tmp_path, changed)


@pytest.mark.parametrize("length", [0, 1, 6, 7, 13, 14, 15, 16, 30, 63, 64, 65, 130, 5000, 20_000])
def test_texts_and_deliverables_of_any_length(tmp_path: Path, length: int) -> None:
    texts = {"category": "c" * length, "run_id": "r" * length, "outcome": "o" * length}
    lines = [
        row(**texts, deliverables=["d" * length] * 3, deliverable_count=3, attempt=n + 1) for n in range(9)
    ]
    lines.append(row(**texts | {"run_id": "r" * length + "s"}, attempt=1))
    (tmp_path / "one.ndjson").write_text("".join(lines))
    assert compare([tmp_path / "one.ndjson"], size=100_000)["valid"] == 10


@pytest.mark.parametrize("value", [0, 7, 10, 99999999, 100000000, 10**14, 10**15 - 1, 10**15, 2**53 - 1])
def test_counts_of_any_size(tmp_path: Path, value: int) -> None:
    lines = [
        row(actual_output_tokens=value, predicted_output_tokens=value // 3, attempt=n + 1) for n in range(9)
    ]
    (tmp_path / "one.ndjson").write_text("".join(lines))
    assert compare([tmp_path / "one.ndjson"])["valid"] == 9


def test_rows_of_many_forms_each_have_a_template(tmp_path: Path) -> None:
    forms = [{"model": ...}, {"attempt": 3}, {"cost": 1.25, "commit": None}, {"schema": "harness.sample/1"}]
    chance = random.Random(3)
    lines = [row(**{"attempt": n + 1} | chance.choice(forms)) for n in range(400)]
    (tmp_path / "one.ndjson").write_text("".join(lines))
    known = Known(Forecasts([load_profile()]))
    found = list(read(tmp_path / "one.ndjson", known))
    assert len(known.templates) == 4 and sum(len(part) for part in found if isinstance(part, Columns)) == 400
    compare([tmp_path / "one.ndjson"])


def test_many_different_deliverables_of_the_same_sorts_share_a_forecast(tmp_path: Path) -> None:
    lines = [row(deliverables=[f"src/m{n:05}.py"], attempt=n + 1) for n in range(6000)]
    (tmp_path / "one.ndjson").write_text("".join(lines))
    known = Known(Forecasts([load_profile()]))
    list(read(tmp_path / "one.ndjson", known, size=200_000))
    assert len(known.forecasts) < 4000
    compare([tmp_path / "one.ndjson"], size=200_000)


TEXTS = [
    *("src/a.py", "src/b.py", "tests/test_a.py", "README.md", "docs/x y.md", "the file src/new.py, please"),
    *("", " ", "]", "a]", ", ", "},", "[x", "a:b", "c" * 200, "d" * 197 + "...", "e" * 201, "f" * 17000),
]
LISTS_AS_THEY_STAND = [
    '["a.py" "b.py"]',
    '["a.py",]',
    '["a.py",,"b.py"]',
    '["a.py"',
    '"a.py"]',
    "[]",
    "[ ]",
    "null",
]
LISTS_AS_THEY_STAND += [
    '["a.py" , "b.md"]',
    '["a.py",  "b.md"]',
    '[ "a.py", "b.md" ]',
    '["a.py", 3]',
    '[["a.py"]]',
    '""',
]


@pytest.mark.parametrize("seed", range(12))
def test_lists_of_any_texts(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    lines = []
    for number in range(150):
        count = chance.choice((1, 1, 2, 3, 3, 19, 21))
        found = json.dumps(chance.choices(TEXTS, k=count), separators=(chance.choice((",", ", ")), ":"))
        if chance.random() < 0.1:
            found = chance.choice(LISTS_AS_THEY_STAND)
        lines.append(row(attempt=number + 1, deliverables=["?"]).replace('["?"]', found))
    (tmp_path / "one.ndjson").write_text("".join(lines))
    compare([tmp_path / "one.ndjson"], size=chance.choice((3000, 40000)))


def test_more_different_deliverables_than_are_kept(tmp_path: Path) -> None:
    lines = [row(deliverables=[f"src/m{n % 40}.py", f"{n % 7}.md"], attempt=n + 1) for n in range(200)]
    (tmp_path / "one.ndjson").write_text("".join(lines))
    with patch.object(forecasts, "_MOST_KNOWN", 3), patch.object(signatures, "_MOST_KNOWN", 3):
        compare([tmp_path / "one.ndjson"], size=4000)
        known = Known(Forecasts([load_profile()]))
        list(read(tmp_path / "one.ndjson", known, size=4000))
    assert (len(known.forecasts), len(known.cells)) == (3, 1)


def test_a_common_form_behind_rows_of_which_no_two_have_one(tmp_path: Path) -> None:
    chance = random.Random(4)
    plain = [json.loads(row(attempt=n + 1)) for n in range(500)]
    for fields in plain[:200]:
        shuffled = chance.sample(list(fields.items()), len(fields))
        fields.clear()
        fields.update(shuffled)
    (tmp_path / "one.ndjson").write_text("".join(json.dumps(fields) + "\n" for fields in plain))
    with patch.object(piece, "_TRIALS", 5), patch.object(piece, "_MOST_TEMPLATES", 3):
        compare([tmp_path / "one.ndjson"], size=4000)
        known = Known(Forecasts([load_profile()]))
        list(read(tmp_path / "one.ndjson", known, size=4000))
    assert len(known.templates) == 3
    assert sum(fitted for _, fitted in known._tried) > 250


def test_a_file_line_by_line_and_blocks_smaller_than_a_line(tmp_path: Path) -> None:
    lines = [row(attempt=n + 1).encode() for n in range(30)]
    (tmp_path / "one.ndjson").write_bytes(b"".join([*lines, *DIRT, lines[0].rstrip(b"\n")]))
    for size in (1, 100, 1000):
        compare([tmp_path / "one.ndjson"], size=size)


def test_the_profile_a_row_names_decides_what_is_made_up(tmp_path: Path) -> None:
    profiles = [None, "seed", load_profile().name, "another"]
    lines = [row(profile=profiles[n % 4], predicted_output_tokens=100, attempt=n + 1) for n in range(40)]
    (tmp_path / "one.ndjson").write_text("".join(lines))
    assert 0 < compare([tmp_path / "one.ndjson"])["excluded"]["synthetic"] < 40


def test_what_is_dropped_as_a_repeat_has_no_remarks_either(tmp_path: Path) -> None:
    lines = [row(attempt=1), row(attempt=1, smape_percent=1.0), row(attempt=1, cost=2.0, implausible=True)]
    (tmp_path / "one.ndjson").write_text("".join(lines * 3))
    assert compare([tmp_path / "one.ndjson"])["remarks"] == []


def test_lines_of_no_form_at_all_are_not_searched_for_one(tmp_path: Path) -> None:
    for other in (b"\n", b"x\n", b'"\n', b"[]\n", b'{"run_id": 1}\n'):
        data = row().encode() + other * 300 + row(attempt=2).encode()
        (tmp_path / "one.ndjson").write_bytes(data)
        assert compare([tmp_path / "one.ndjson"], size=1000)["valid"] == 2


@pytest.mark.parametrize("profile", [None, "seed", "seed-p7", "gone"])
def test_rows_are_made_up_by_the_profile_that_predicted_them(tmp_path: Path, profile: str | None) -> None:
    lines = [row(profile=profile, predicted_output_tokens=100 + n, attempt=n + 1) for n in range(9)]
    (tmp_path / "one.ndjson").write_text("".join(lines))
    another = load_profile().model_copy(update={"name": "another"})
    rows, problems = read_files([tmp_path / "one.ndjson"])
    by_row = replay(rows, problems, another, OPTIONS)
    by_engine = replay_files([tmp_path / "one.ndjson"], another, OPTIONS)
    expected = 0 if profile == "gone" else 9
    assert by_row.excluded["synthetic"] == by_engine.excluded["synthetic"] == expected


_SIZES = st.one_of(st.floats(0, 200), st.floats(0, 1e300), st.sampled_from([0.0, 2.0**-8, 1.0, 50.0, 256.0]))


@given(st.lists(st.tuples(st.integers(0, 6), _SIZES), max_size=300), st.sampled_from([1, 8, 100, 1 << 20]))
def test_medians_found_by_size_are_the_medians(rows: list[tuple[int, float]], room: int) -> None:
    group, values = (np.array(column) for column in ([g for g, _ in rows], [float(v) for _, v in rows]))
    strata = [np.array(kind) for kind in ([0] * 6, [0, 1, 2, 3, 4, 5], [1, 0, 1, 0, 2, 2])]
    with patch.object(medians, "_ROOM", room):
        binned = medians.Binned(6, len(rows))
        for start in range(0, len(rows), 70):
            binned.put(start, group[start : start + 70], values[start : start + 70])
        found = binned.medians(strata, lambda places: values[places])
    for kind, by_stratum in zip(strata, found, strict=True):
        for stratum, median in enumerate(by_stratum):
            # Those of the seventh group, 6, don't count.
            members = [value for group, value in rows if group < 6 and kind[group] == stratum]
            assert median == statistics.median(members) if members else math.isnan(median)
