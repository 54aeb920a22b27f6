"""What `harness drain` shows while it goes: lines, groups in GitHub Actions, a view on a terminal."""

import sys

import pytest
from project import create
from terminal import Terminal

from harness.drain.options import DrainEvent
from harness.progress.drain_board import DrainBoard

CONFIG = f"""\
tests = "none"
[containment]
mode = "off"
[agents.recorded]
kind = "recorded"
[agents.slow]
kind = "command"
edits = "worktree"
command = ["{sys.executable}", "-c", "import time, pathlib; pathlib.Path('slow.py').write_text('A = 1'); time.sleep(2)"]
"""


@pytest.fixture
def run(empty_project):
    empty_project.environment.pop("GITHUB_ACTIONS", None)
    empty_project.commit({"harness.toml": CONFIG}, "begin")
    empty_project.plan(
        'id = "a"\ngoal = "::error::boo"\ndeliverables = ["a.py"]',
        'id = "b"\ngoal = "Make b"\ndeliverables = ["b.py"]\nmax_attempts = 1',
    )
    empty_project.reply("a", 1, create("a.py", "A = 1\n"))
    empty_project.reply("b", 1, create("other.py", "A = 1\n"))
    return empty_project


def test_a_log_has_plain_lines(run):
    done = run.harness("drain")
    # What an agent doesn't tell isn't nothing.
    assert " - tokens" in done.stdout and " 0 tokens" not in done.stdout
    lines = done.stderr.splitlines()
    assert lines[0] == "[1/2] a: ::error::boo"
    assert "a: complete" in lines
    assert "b: refused (out-of-scope, deliverable-missing)" in lines
    assert not any("::group::" in line or "\x1b" in line for line in lines)


@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_in_github_actions_the_lines_of_a_phase_are_a_group(run, jobs):
    lines = run.harness("drain", "--jobs", jobs, GITHUB_ACTIONS="true").stderr.splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert sorted(commands) == ["::endgroup::", "::endgroup::", "::group::a", "::group::b"]
    group = lines[lines.index("::group::b") :]
    group = group[: group.index("::endgroup::")]
    assert any("attempt 1: refused" in line for line in group)
    assert not any("asking" in line for line in lines if line not in group and line.startswith("b: "))
    assert "a: complete" in lines


def test_on_a_terminal_it_is_drawn_and_leaves_a_summary(run):
    terminal = Terminal(run, "drain", "--jobs", "2", size=(100, 24))
    assert terminal.end() == 1
    assert "of 2 phases done" in terminal.text
    assert "▸" in terminal.text
    summary = terminal.text[terminal.text.rindex("run demo:") :]
    assert "1 of 2 phases complete" in summary
    assert terminal.raw.count(b"\x1b[?25l") == terminal.raw.count(b"\x1b[?25h")


def test_a_narrow_terminal_that_is_resized_and_interrupted(run):
    run.plan('id = "slow"\ngoal = "g"\ndeliverables = ["slow.py"]\nagent = "slow"', 'id = "b"\ngoal = "g"\ndeliverables = ["b.py"]')  # fmt: skip
    terminal = Terminal(run, "drain", size=(40, 8))
    terminal.wait_for("asking slow")
    terminal.resize((24, 5))
    terminal.type(b"\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.text
    assert run.harness("status", "--json").json["phases"][0]["state"] == "complete"


def test_a_board_follows_labelled_and_bare_lines_and_hands_back_the_rest():
    board = DrainBoard(["a", "b"])
    assert board.take("a: attempt 1: asking x", 0) == "a: attempt 1: asking x"
    board.event(DrainEvent("begun", "[1/2] a: g", "a", 1, 2), 1.0)
    assert board.take("attempt 1: asking x", 2) == ""
    assert board.take("contained by bubblewrap", 2) == "contained by bubblewrap"
    board.event(DrainEvent("begun", "[2/2] b: g", "b", 2, 2), 3.0)
    assert board.take("b: attempt 2: refused, 70 tokens: no: x [y]", 4) == ""
    assert board.take("a: attempt 1: accepted by policy, running the tests", 4) == ""
    a, b = board.phases["a"], board.phases["b"]
    assert (a.doing, a.attempt, a.seconds(5.0)) == ("testing", 1, 4.0)
    assert (b.doing, b.tokens, b.said) == ("refused", 70, "no: x [y]")
    board.event(DrainEvent("over", "b: claimed", "b"), 5.0)
    assert ([p.phase for p in board.running], board.over) == (["a"], 0)
