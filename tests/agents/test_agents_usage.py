"""An agent's account of itself, however it comes."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import create

from harness.agents.model import Usage
from harness.agents.usage import read_usage

WHOLE = (
    '{"input": 1, "output": 2, "cache_read": 3, "cache_write": 4, "cost": 0.5,'
    ' "stop_reason": "max_tokens", "model": "m-1", "something else": []}'
)


def test_a_whole_account(tmp_path):
    (tmp_path / "u").write_text(WHOLE)
    usage, problem = read_usage(tmp_path / "u")
    assert problem == ""
    assert usage == Usage(
        input=1,
        output=2,
        cache_read=3,
        cache_write=4,
        cost=0.5,
        stop_reason="max_tokens",
        model="m-1",
    )


def test_what_is_absent_is_unknown(tmp_path):
    (tmp_path / "u").write_text('{"output": 0, "cost": null}')
    assert read_usage(tmp_path / "u") == (Usage(output=0), "")


def test_no_file_is_no_problem(tmp_path):
    assert read_usage(tmp_path / "u") == (Usage(), "")


def test_a_whole_number_is_a_cost(tmp_path):
    (tmp_path / "u").write_text('{"cost": 2}')
    assert read_usage(tmp_path / "u") == (Usage(cost=2.0), "")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" \n",
        b"{",
        b"[]",
        b"null",
        b"12",
        b'"text"',
        b'{"input": 1} {"input": 2}',
        b'{"input": -1}',
        b'{"input": 1.5}',
        b'{"input": "1"}',
        b'{"input": true}',
        b'{"input": {}}',
        b'{"input": 9007199254740993}',
        b'{"input": ' + b"9" * 5000 + b"}",
        b'{"cost": NaN}',
        b'{"cost": Infinity}',
        b'{"cost": 1e999}',
        b'{"cost": -0.1}',
        b'{"cost": 1e300}',
        b'{"stop_reason": 5}',
        b'{"model": "' + b"m" * 201 + b'"}',
        b'{"model": "a\\nb"}',
        b'{"model": "\\u001b[2J"}',
        b'{"model": "\\ud800"}',
        b'{"model": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
        b'{"input":' * 50_000,
    ],
    ids=lambda text: repr(text[:30]),
)
def test_a_malformed_account_is_a_problem_in_one_line(tmp_path, text):
    (tmp_path / "usage.json").write_bytes(text)
    usage, problem = read_usage(tmp_path / "usage.json")
    assert usage == Usage()
    assert problem.startswith("the usage file usage.json is not valid: ")
    assert problem.isprintable()
    assert len(problem) < 400


def test_one_fault_spoils_the_whole(tmp_path):
    (tmp_path / "u").write_text('{"input": 5, "output": -1}')
    usage, problem = read_usage(tmp_path / "u")
    assert usage == Usage()
    assert "output" in problem


def test_an_account_with_none_of_the_known_keys_is_a_problem_that_names_them(tmp_path):
    """What an API answers was put there as it is, and nobody heard that it was passed over."""
    (tmp_path / "u").write_text('{"input_tokens": 7, "output_tokens": 3}')
    usage, problem = read_usage(tmp_path / "u")
    assert usage == Usage()
    assert "input_tokens, output_tokens, and none of input, output, cache_read" in problem
    (tmp_path / "u").write_text("{}")
    assert read_usage(tmp_path / "u") == (Usage(), "")
    (tmp_path / "u").write_text('{"input_tokens": 7, "output": 3}')
    assert read_usage(tmp_path / "u") == (Usage(output=3), "")


@pytest.mark.parametrize("kind", ["large", "link", "dangling", "fifo", "folder", "device"])
def test_what_is_not_a_small_regular_file_is_not_read(tmp_path, kind):
    path = tmp_path / "usage.json"
    (tmp_path / "real").write_text('{"input": 5}')
    if kind == "large":
        path.write_bytes(b'{"input": 5}' + b" " * (1 << 20))
    elif kind == "link":
        path.symlink_to(tmp_path / "real")
    elif kind == "dangling":
        path.symlink_to(tmp_path / "nothing")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    usage, problem = read_usage(path)
    assert usage == Usage()
    assert "can't be used" in problem
    assert "\n" not in problem


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode()))
def test_no_bytes_raise(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "usage.json"
    path.write_bytes(text)
    usage, problem = read_usage(path)
    assert isinstance(usage, Usage)
    assert problem.isprintable()


@pytest.mark.parametrize(("count", "is_known"), [(2**53 - 1, True), (2**53, False)])
def test_a_count_is_as_large_as_a_row_can_hold_or_unknown(project, count, is_known):
    project.plan('id = "work"\ngoal = "Add"\ndeliverables = ["new.py"]\nmax_attempts = 1\ntests = "none"\n')
    project.commit(message="plan")
    project.reply("work", 1, create("new.py", "value = 1\n"))
    project.write("replies/work-1.txt.usage.json", json.dumps({"output": count}))
    done = project.phase("work")
    assert done.code == 0, done.stderr
    made = json.loads(project.git("show", "harness/demo:telemetry/demo.ndjson"))
    assert made["actual_output_tokens"] == (count if is_known else None)
