"""`harness status` and `--watch`: as a table, as lines in a log, and drawn on a terminal."""

import subprocess
import sys

import pytest
from project import create
from terminal import Terminal

CONFIG = f"""\
tests = "none"
[containment]
mode = "off"
[agents.recorded]
kind = "recorded"
[agents.slow]
kind = "command"
edits = "worktree"
command = ["{sys.executable}", "-c", "import time, pathlib; pathlib.Path('slow.py').write_text('A = 1'); time.sleep(1.5)"]
"""
LONG = "a-phase-with-a-long-name-" + "x" * 70


@pytest.fixture
def run(empty_project):
    empty_project.commit({"harness.toml": CONFIG}, "begin")
    empty_project.plan(
        'id = "good"\ngoal = "g"\ndeliverables = ["good.py"]\ntier = "base"',
        'id = "bad"\ngoal = "g"\ndeliverables = ["bad.py"]\nmax_attempts = 1',
        'id = "after"\ngoal = "g"\ndeliverables = ["after.py"]\ndepends_on = ["bad"]',
        f'id = "{LONG}"\ngoal = "g"\ndeliverables = ["long.py"]\ndepends_on = ["good"]',
    )
    empty_project.reply("good", 1, create("good.py", "A = 1\n"))
    empty_project.write("replies/good-1.txt.usage.json", '{"output": 321}')
    empty_project.reply("bad", 1, create("other.py", "A = 1\n"))
    return empty_project


def columns(line):
    return line.split()


def test_a_table_says_what_became_of_each_phase(run):
    run.harness("drain", "--max-phases", "2")
    lines = run.harness("status").stdout.splitlines()
    assert lines[0].startswith("run demo: 1 of 4 phases complete, 321/")
    assert columns(lines[1]) == [
        "phase",
        "state",
        "attempts",
        "commit",
        "tokens",
        "elapsed",
        "last",
        "refusal",
    ]
    good, bad, after, long = lines[2:]
    assert columns(good)[:4] == [
        "good",
        "complete",
        "1",
        run.harness("status", "--json").json["phases"][0]["commit"][:10],
    ]
    assert columns(good)[4].startswith("321/")
    assert "refused" in bad
    assert "out-of-scope" in bad
    assert after.endswith("waits for bad")
    assert columns(long)[:2] == [LONG, "queued"]
    assert "\x1b" not in run.harness("status").stdout


def test_json_has_what_the_table_has_and_keeps_its_keys(run):
    run.harness("drain", "--max-phases", "2")
    document = run.harness("status", "--json").json
    assert document["schema"] == "harness.status/1"
    good, bad = document["phases"][:2]
    assert {"phase", "state", "attempts", "commit", "tokens", "reason"} <= set(good)
    assert (good["tier"], good["tokens"], good["owner"]) == ("base", 321, None)
    assert good["tokens_predicted"] > 0
    assert "out-of-scope" in bad["last_refusal"]
    assert (document["totals"]["phases"], document["totals"]["complete"]) == (4, 1)


def test_watching_in_a_log_prints_a_line_a_change_and_ends_with_the_run(empty_project):
    empty_project.commit({"harness.toml": CONFIG}, "begin")
    empty_project.plan('id = "slow"\ngoal = "g"\ndeliverables = ["slow.py"]\nagent = "slow"')
    before = empty_project.git("for-each-ref")
    argv = [sys.executable, "-m", "harness", "status", "--watch", "--interval", "0.1"]
    watch = subprocess.Popen(argv, cwd=empty_project.root, env=empty_project.environment, stdout=subprocess.PIPE, text=True)  # fmt: skip
    first = [watch.stdout.readline() for _ in range(2)]
    assert empty_project.git("for-each-ref") == before
    assert empty_project.harness("drain").code == 0
    rest = watch.communicate(timeout=60)[0].splitlines()
    assert watch.returncode == 0
    assert first[0].startswith("run demo: 0 of 1 phases complete")
    assert first[1] == "slow: queued\n"
    assert any(line.startswith("slow: queued -> running: process ") for line in rest)
    assert any(" -> complete: 1 attempt, commit " in line for line in rest)
    assert rest[-1].startswith("run demo: 1 of 1 phases complete")
    assert len(rest) == len(set(rest))


@pytest.mark.parametrize("size", [(40, 10), (120, 30)])
def test_watching_on_a_terminal_of_any_size_until_interrupted(run, size):
    run.harness("drain", "--max-phases", "2")
    terminal = Terminal(run, "status", "--watch", "--interval", "0.1", size=size)
    terminal.wait_for("watched for")
    terminal.resize((20, 5))
    terminal.wait_for("watched for")
    terminal.type(b"\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.text
    assert terminal.raw.rstrip().endswith(b"\x1b[?25h") or b"\x1b[?1049l" in terminal.raw


def test_a_status_on_a_terminal_fits_its_width_and_obeys_no_foreign_escape(run):
    reply = create("other\x1b[31m.py", "A = 1\n")
    run.reply("bad", 1, reply)
    run.harness("drain")
    terminal = Terminal(run, "status", size=(60, 20))
    assert terminal.end() == 0
    assert all(len(line) <= 60 for line in terminal.text.splitlines())
    assert b"\x1b[31m.py" not in terminal.raw


@pytest.mark.parametrize(
    "arguments", ["--watch --json", "--watch --interval 0", "--interval 0", "--interval nan"]
)
def test_wrong_usage(run, arguments):
    assert run.harness("status", *arguments.split()).code == 2


def test_an_interval_for_one_look_is_said_to_count_for_nothing(run):
    result = run.harness("status", "--interval", "2")
    assert (result.code, result.stdout) == (0, run.harness("status").stdout)
    assert "--interval counts for nothing without --watch" in result.stderr
