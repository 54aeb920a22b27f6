"""A flood of output ends the run, and what stays on disk is bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.process.output_files import QUICKEST_LOOK, SLOWEST_LOOK, next_look

LIMIT = 1 << 20

# Should supervision fail, the flood still ends at 100 MB: a file size limit, in blocks of 512 bytes.
NET = "ulimit -f 200000; "


def sizes(folder):
    return (folder / "stdout").stat().st_size, (folder / "stderr").stat().st_size


@pytest.mark.parametrize(
    "script",
    ["yes", "yes >&2", "yes >&2 & yes", "trap '' TERM; yes", "setsid yes & sleep 60"],
)
def test_a_flood_ends_the_run(shell, tmp_path, script):
    result = shell(NET + script, output_limit=LIMIT, timeout=60.0, grace=30.0)
    assert (result.ending, result.exit_code) == ("output_limit", None)
    assert str(LIMIT) in result.reason
    assert sum(sizes(tmp_path)) == LIMIT


def test_a_flood_while_it_is_being_ended_is_cut_short(shell, tmp_path):
    result = shell(NET + "trap yes TERM; sleep 60 & wait", output_limit=LIMIT, timeout=0.5, grace=60.0)
    assert result.ending == "timeout"
    assert sum(sizes(tmp_path)) <= LIMIT


def test_too_much_at_once_is_noticed_although_it_exits(shell, tmp_path):
    result = shell(f"head -c {LIMIT + 1} /dev/zero", output_limit=LIMIT)
    assert (result.ending, result.exit_code) == ("output_limit", None)
    assert sizes(tmp_path) == (LIMIT, 0)


def test_just_as_much_as_allowed_is_allowed(shell, tmp_path):
    half = LIMIT // 2
    result = shell(f"head -c {half} /dev/zero; head -c {half} /dev/zero >&2", output_limit=LIMIT)
    assert (result.ending, result.exit_code) == ("exited", 0)
    assert sizes(tmp_path) == (half, half)


def test_the_larger_stream_is_cut_first(shell, tmp_path):
    shell(f"echo why >&2; head -c {2 * LIMIT} /dev/zero", output_limit=LIMIT)
    assert sizes(tmp_path) == (LIMIT - 4, 4)
    assert (tmp_path / "stderr").read_text() == "why\n"


def test_a_file_blown_up_without_writing_counts(shell, tmp_path):
    result = shell("truncate -s 1T stdout; sleep 60", output_limit=LIMIT)
    assert result.ending == "output_limit"
    assert sizes(tmp_path) == (LIMIT, 0)


@given(
    size=st.integers(0, 10**9),
    grown=st.integers(-(10**9), 10**9),
    elapsed=st.floats(0.0001, 10),
    limit=st.integers(0, 10**9),
)
def test_the_pause_is_bounded_and_ends_before_the_limit(size, grown, elapsed, limit):
    pause = next_look(size, grown, elapsed, limit)
    assert QUICKEST_LOOK <= pause <= SLOWEST_LOOK
    if pause > QUICKEST_LOOK and grown > 0:
        assert size + grown / elapsed * pause <= limit
