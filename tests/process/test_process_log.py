"""The head and tail of an output file."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.process.log import head_and_tail


def test_a_short_file_is_whole(tmp_path):
    (tmp_path / "log").write_text("one\ntwo\n")
    assert head_and_tail(tmp_path / "log", 8) == "one\ntwo\n"


def test_a_long_file_is_its_two_ends(tmp_path):
    (tmp_path / "log").write_bytes(b"a" * 100 + b"b" * 100)
    text = head_and_tail(tmp_path / "log", 20)
    assert text == "a" * 10 + "\n[... 180 bytes left out ...]\n" + "b" * 10


def test_characters_are_not_cut_in_two(tmp_path):
    (tmp_path / "log").write_text("é" * 100)
    assert head_and_tail(tmp_path / "log", 10) == "éé\n[... 192 bytes left out ...]\néé"


def test_what_is_not_text_is_replaced(tmp_path):
    (tmp_path / "log").write_bytes(b"a\xffb")
    assert head_and_tail(tmp_path / "log", 100) == "a\ufffdb"


def test_a_missing_file_is_empty(tmp_path):
    assert head_and_tail(tmp_path / "log", 100) == ""


@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_what_is_not_a_file_is_said_and_not_waited_for(tmp_path, kind):
    path = tmp_path / "log"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        (tmp_path / "secret").write_text("secret")
        path.symlink_to(tmp_path / "secret")
    else:
        path.mkdir()
    text = head_and_tail(path, 100)
    assert text.startswith("[not readable:")
    assert "secret" not in text


@given(content=st.binary(max_size=300), limit=st.integers(0, 300))
def test_the_account_of_bytes_adds_up(tmp_path_factory, content, limit):
    path = tmp_path_factory.getbasetemp() / "log"
    path.write_bytes(content)
    text = head_and_tail(path, limit)
    if len(content) <= limit:
        assert text == content.decode("utf-8", "replace")
        return
    left_out = int(re.search(r"\[\.\.\. (\d+) bytes left out \.\.\.\]", text)[1])
    assert len(content) - limit <= left_out <= len(content)
    assert len(text) <= limit + 60


def test_no_room_at_all_leaves_the_count(tmp_path):
    (tmp_path / "log").write_bytes(b"abc")
    assert head_and_tail(tmp_path / "log", -1) == "[... 3 bytes left out ...]\n"


def test_only_what_is_shown_is_read(tmp_path):
    """A sparse file of a terabyte is no trouble."""
    with (tmp_path / "log").open("wb") as file:
        file.write(b"start")
        file.truncate(1 << 40)
    text = head_and_tail(tmp_path / "log", 10)
    assert text.startswith("start\n[... 1099511627766 bytes")
