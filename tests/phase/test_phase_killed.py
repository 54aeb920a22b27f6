"""A phase killed in the middle of an attempt (case 83): the next run goes on as if that had never begun."""

import signal
import subprocess
import sys
import time

import pytest
from project import create

# The first attempt leaves a module out; the second writes half of it and then waits to be killed, once.
AGENT = """
import pathlib, sys, time

here, told = pathlib.Path("src/textkit"), pathlib.Path(sys.argv[1])
number = len(list(told.glob("begun-*"))) + 1
told.joinpath(f"begun-{number}").touch()
if number == 1:
    here.joinpath("one.py").write_text("ONE = 1\\n")
elif number == 2:
    here.joinpath("two.py").write_text("TWO = [1, 2,")
    here.joinpath("__init__.py").unlink()
    told.joinpath("half").touch()
    time.sleep(600)
else:
    here.joinpath("two.py").write_text("TWO = [1, 2]\\n")
"""
PHASE = """
id = "work"
goal = "Add two modules"
deliverables = ["src/textkit/one.py", "src/textkit/two.py"]
scope = ["src/"]
agent = "writer"
max_attempts = 3
"""


@pytest.fixture
def killed(project, tmp_path):
    """A project whose first run of the phase was killed while its second attempt was under way."""
    told = tmp_path / "told"
    told.mkdir()
    tmp_path.joinpath("agent.py").write_text(AGENT)
    config = (project.root / "harness.toml").read_text()
    command = [sys.executable, str(tmp_path / "agent.py"), str(told)]
    table = f'\n[agents.writer]\nkind = "command"\nedits = "worktree"\ncommand = {command!r}\n'
    containment = f'\n[containment]\nagent_writable = ["{told}"]\n'
    project.plan(PHASE)
    project.commit({"harness.toml": config + table.replace("'", '"') + containment}, "plan")
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run-phase", "work"],
        cwd=project.root,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not told.joinpath("half").exists() and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return project


def test_the_killed_attempt_is_made_again_and_counted_once(killed):
    listed = killed.harness("show", "demo/work", "--json").json["attempts"]
    assert [(a["number"], a["outcome"]) for a in listed] == [(1, "failed")]
    answer = killed.phase("work")
    assert answer.code == 0, answer.stderr
    assert [a["number"] for a in answer.json["attempts"]] == [2]
    listed = killed.harness("show", "demo/work", "--json").json["attempts"]
    assert [(a["number"], a["outcome"]) for a in listed] == [(1, "failed"), (2, "complete")]
    rows = killed.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()
    assert len(rows) == 2
    assert killed.harness("verify", "demo").code == 0


def test_nothing_half_written_is_left(killed):
    assert killed.phase("work").code == 0
    changed = killed.git("diff", "--name-status", "HEAD", "harness/demo", "--", "src").split("\n")
    assert sorted(filter(None, changed)) == ["A\tsrc/textkit/one.py", "A\tsrc/textkit/two.py"]
    assert killed.git("show", "harness/demo:src/textkit/two.py") == "TWO = [1, 2]\n"
    assert killed.git("fsck", "--strict", "--no-dangling") == ""


def test_what_a_kill_left_open_moves_no_branch_that_is_checked_out_since(project):
    """The next command finished the seal, and the phase's files seemed to be deleted in the checkout."""
    project.write(".gitignore", "replies/\n")
    project.plan(
        *(f'id = "{n}"\ngoal = "{n}"\ndeliverables = ["src/textkit/{n}.py"]\ntests = "none"' for n in "ab")
    )
    project.commit(message="plan")
    for name in "ab":
        project.reply(name, 1, create(f"src/textkit/{name}.py", "value = 1\n"))
    assert project.phase("a").code == 0
    before = project.rev("harness/demo")
    assert project.phase("b").code == 0
    after = project.rev("harness/demo")
    project.git("update-ref", "refs/heads/harness/demo", before)
    project.write(".git/harness/open-seals/demo%2Fb", project.rev("refs/harness/runs/demo/b") + "\n")
    project.git("switch", "-q", "harness/demo")
    told = project.harness("status")
    assert (told.code, "is checked out in" in told.stderr) == (0, True)
    assert (project.rev("harness/demo"), project.git("status", "--porcelain")) == (before, "")
    project.git("switch", "-q", "main")
    assert project.harness("status").stderr == ""
    assert project.rev("harness/demo") == after
