"""gc clears away what dead runs left, and nothing that is alive, unsaved or unknown."""

import os
import signal
import subprocess
import sys
import time

import pytest

AGENT = """
import os, pathlib, time
if os.environ.get("EDIT"):
    pathlib.Path("src/textkit/new.py").write_text("value = 1\\n")
pathlib.Path({started!r}).write_text("")
time.sleep(60)
"""
PHASE = """
id = "work"
goal = "Add a module"
deliverables = ["src/textkit/new.py"]
agent = "slow"
tests = "none"
"""


@pytest.fixture
def slow(project, tmp_path):
    """A phase whose agent says that it began, and then takes a minute."""
    started = tmp_path / "started"
    script = tmp_path / "agent.py"
    script.write_text(AGENT.format(started=str(started)))
    config = (project.root / "harness.toml").read_text()
    config += (
        f'\n[agents.slow]\nkind = "command"\ncommand = ["{sys.executable}", "{script}"]\nedits = "worktree"\n'
    )
    project.plan(PHASE)
    project.commit({"harness.toml": config}, "plan")
    project.started = started
    # What other commands leave in the system's temporary folder is none of these tests'.
    project.environment["TMPDIR"] = str(tmp_path / "temporary")
    (tmp_path / "temporary").mkdir()
    return project


def begin(project, edit=False):
    """Start the phase and wait until its agent is at work."""
    if edit:
        script = project.started.parent / "agent.py"
        script.write_text(script.read_text().replace('os.environ.get("EDIT")', "True"))
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run-phase", "work", "--json"],
        cwd=project.root,
        env={**project.environment, "HARNESS_CONTAINMENT": "off"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    limit = time.monotonic() + 60
    while not project.started.exists():
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.05)
    return process


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(0.5)  # the agent's supervisor notices


def gc(project, *arguments):
    done = project.harness("gc", "--json", *arguments)
    assert done.code == 0, done.stdout + done.stderr
    return done.json["remnants"]


def workspaces(project):
    return sorted((project.started.parent / "state").glob("repositories/*/worktrees/demo/*"))


def test_a_dead_workspace_goes_when_asked(slow):
    process = begin(slow)
    alive = gc(slow, "--apply")
    assert [(r["goes"], r["why"]) for r in alive] == [(False, "its owner is alive")]
    assert process.poll() is None
    kill(process)
    (planned,) = gc(slow)
    assert planned["goes"] and len(workspaces(slow)) == 2
    assert gc(slow, "--run", "another") == []
    (gone,) = gc(slow, "--run", "demo", "--apply")
    assert gone["goes"] and workspaces(slow) == []
    assert slow.harness("gc").stdout == "nothing was left behind\n"


def test_unrecorded_edits_stay(slow):
    kill(begin(slow, edit=True))
    (kept,) = gc(slow, "--apply")
    assert not kept["goes"]
    assert "src/textkit/new.py" in kept["why"]
    assert len(workspaces(slow)) == 2


def test_a_commit_made_there_stays(slow):
    kill(begin(slow))
    (checkout,) = (workspaces(slow)[0] / "agent").glob("project")
    slow.git("-C", str(checkout), "commit", "-q", "--allow-empty", "-m", "work of hours")
    (kept,) = gc(slow, "--apply")
    assert not kept["goes"]
    assert "is nowhere else" in kept["why"]


def test_two_at_once(slow):
    kill(begin(slow))
    command = [sys.executable, "-m", "harness", "gc", "--apply", "--json"]
    both = [
        subprocess.Popen(command, cwd=slow.root, env=slow.environment, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [process.communicate()[0] != b"" and process.returncode for process in both] == [0, 0]
    assert workspaces(slow) == []
    assert "error" not in slow.git("fsck", "--strict")


def test_tracking_refs_of_removed_remotes(project):
    head = project.rev("HEAD")
    project.git("update-ref", "refs/harness/remotes/gone/heads/harness/demo", head)
    lonely = project.git("commit-tree", "-m", "only there", "HEAD^{tree}").strip()
    project.git("update-ref", "refs/harness/remotes/gone/heads/harness/other", lonely)
    project.git("remote", "add", "origin", "https://example.invalid/x.git")
    project.git("update-ref", "refs/harness/remotes/origin/heads/harness/demo", head)
    found = {remnant["place"]: remnant["goes"] for remnant in gc(project, "--apply")}
    assert found == {
        "refs/harness/remotes/gone/heads/harness/demo": True,
        "refs/harness/remotes/gone/heads/harness/other": False,
    }
    assert not project.rev("refs/harness/remotes/gone/heads/harness/demo")
    assert project.rev("refs/harness/remotes/gone/heads/harness/other") == lonely


# One thread is held up between opening its lock and holding it, the other before it removes what it found.
RACE = """\
import pathlib, sys, threading, time
from harness.git.repository import discover
from harness.phase.workspace import attempt_workspace, reap

def held_up(event, _):
    name = threading.current_thread().name
    # Sleeping is an event itself, from Python 3.13 on.
    if delay := {("fcntl.flock", "owner"): 0.15, ("shutil.rmtree", "reaper"): 0.4}.get((event, name)):
        time.sleep(delay)

def own():
    with attempt_workspace(user, "demo", "work-1") as workspace:
        began.set()
        reaper.join()
        lock = workspace.folder.with_name(workspace.folder.name + ".lock")
        print(workspace.folder.is_dir(), lock.exists())

def clear():
    while not reap(user, "demo") and not began.is_set():
        pass

user, began = discover(pathlib.Path.cwd()), threading.Event()
owner, reaper = (threading.Thread(target=do, name=do_as) for do, do_as in ((own, "owner"), (clear, "reaper")))
sys.addaudithook(held_up)
owner.start()
reaper.start()
owner.join()
"""


def test_the_workspace_of_an_attempt_that_begins_is_not_reaped(project):
    """A phase that began beside it removed the folder of the attempt: its lock was there, and not held yet."""
    done = subprocess.run(
        [sys.executable, "-c", RACE],
        cwd=project.root,
        env=project.environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "True True\n", done.stderr


def test_a_pipe_a_dead_agent_left_is_not_waited_for(slow):
    process = begin(slow, edit=True)
    kill(process)
    (worktree,) = (slow.root.parent / "state").glob("repositories/*/worktrees/demo/*/agent/project")
    os.mkfifo(worktree / "src/.gitignore")
    (found,) = slow.harness("gc", "--json").json["remnants"]
    assert (found["kind"], found["goes"]) == ("workspace", False)
    assert "the pipe" in found["why"]
