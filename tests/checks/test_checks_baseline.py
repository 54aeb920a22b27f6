"""Baselines kept between runs: the right one, whole, or none."""

import json
import os
import stat
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks.baseline import BaselineStore, baseline_key
from harness.checks.model import Interpreter, TestRun

PYTHON = Interpreter(Path("/usr/bin/python3"), "words", "3.12.1", "d" * 64, ("/usr/lib",), "9.0.0")
RUN = TestRun(
    status="completed",
    exit_code=1,
    outcomes={"t.py::a": "passed", "t.py::ü[\u2028]": "failed"},
    collection_errors={},
    report='{"tests":[]}',
    log="log \ufffd\n",
    duration=1.25,
    python="3.12.1",
    pytest="9.0.0",
    details={"t.py::ü[\u2028]": "no"},
)
KEY = "0123456789abcdef" * 4
BASE = {"tree": "a" * 40, "interpreter": PYTHON, "paths": ["tests"]}


def test_what_was_kept_comes_back(tmp_path):
    store = BaselineStore(tmp_path / "made" / "when needed")
    assert store.load(KEY) is None
    store.save(KEY, RUN)
    assert store.load(KEY) == RUN
    assert [file.name for file in (tmp_path / "made" / "when needed").iterdir()] == [f"{KEY}.json"]


@pytest.mark.parametrize(("status", "kept"), [("no_tests", True), ("broken", False), ("unknown", False)])
def test_only_results_are_kept(tmp_path, status, kept):
    store = BaselineStore(tmp_path)
    run = TestRun(status, 5, {})
    store.save(KEY, run)
    assert store.load(KEY) == (run if kept else None)


def test_a_changed_file_is_no_baseline(tmp_path):
    store = BaselineStore(tmp_path)
    store.save(KEY, RUN)
    file = tmp_path / f"{KEY}.json"
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place])
        assert store.load(KEY) is None
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert store.load(KEY) is None
    other = "f" * 64
    (tmp_path / f"{other}.json").write_bytes(whole)
    assert store.load(other) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"run":1}'])
def test_a_file_that_is_something_else_is_no_baseline(tmp_path, content):
    (tmp_path / f"{KEY}.json").write_bytes(content)
    assert BaselineStore(tmp_path).load(KEY) is None


def test_neither_a_link_nor_a_pipe_is_a_baseline(tmp_path):
    store = BaselineStore(tmp_path)
    os.mkfifo(tmp_path / f"{KEY}.json")
    assert store.load(KEY) is None
    store.save(KEY, RUN)
    assert stat.S_ISREG((tmp_path / f"{KEY}.json").lstat().st_mode)
    assert store.load(KEY) == RUN


@pytest.mark.parametrize("key", ["", "../x", "A" * 64, KEY + "\n", KEY[:-1]])
def test_a_key_is_a_digest(tmp_path, key):
    with pytest.raises(ValueError, match="baseline key"):
        BaselineStore(tmp_path).save(key, RUN)


def save_often(folder, number):
    store = BaselineStore(Path(folder))
    for _ in range(20):
        store.save(KEY, replace(RUN, log=str(number) * 10_000))
        assert store.load(KEY) is not None


def test_writers_at_once_leave_a_whole_one(tmp_path):
    processes = [get_context("fork").Process(target=save_often, args=(tmp_path, n)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert [file.name for file in tmp_path.iterdir()] == [f"{KEY}.json"]
    assert set(BaselineStore(tmp_path).load(KEY).log) <= set("0123")


OTHERS = [
    {"tree": "b" * 40},
    {"paths": ["tests", "more"]},
    {"paths": ["tests more"]},
    {"args": ["tests"]},
    {"workdir": "tests"},
    {"setup": ["make"]},
    {"extra": ["1"]},
    {"interpreter": replace(PYTHON, path=Path("/usr/bin/python"))},
    {"interpreter": replace(PYTHON, version="3.12.2")},
    {"interpreter": replace(PYTHON, pytest="9.0.1")},
    {"interpreter": replace(PYTHON, distributions="e" * 64)},
]


def test_everything_that_decides_is_in_the_key():
    keys = [baseline_key(**{**BASE, **other}) for other in [{}, *OTHERS]]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 and int(key, 16) >= 0 for key in keys)


def test_how_the_interpreter_was_chosen_is_not():
    other = replace(PYTHON, chosen="other words")
    assert baseline_key(**BASE) == baseline_key(**{**BASE, "interpreter": other})


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_paths_and_arguments_do_not_run_together(paths, args):
    one = baseline_key(**{**BASE, "paths": paths, "args": args})
    two = baseline_key(**{**BASE, "paths": args, "args": paths})
    assert (one == two) == (paths == args)


def test_a_real_run_survives_the_trip(project, tmp_path):
    project.write({"tests/test_it.py": "def test_it(): assert 'ü' == '\\udcff'"})
    run = project.run()
    store = BaselineStore(tmp_path / "baselines")
    store.save(KEY, run)
    assert store.load(KEY) == run
    assert json.loads(run.report)["exitcode"] == 1
