"""Claims: who works on a phase is seen by others, and what a dead process claimed is anybody's."""

import os
import signal
import subprocess
import sys
import time

import pytest
from project import Project

from harness.git.claims import RecordedClaim
from harness.phase.claims import Claim, ClaimWatch
from harness.phase.owner import Owner, this_process

CONFIG = f"""\
tests = "none"

[containment]
mode = "off"

[agents.slow]
kind = "command"
command = ["{sys.executable}", "slow.py"]
"""
SLOW = """\
import json, os, pathlib, time
name = os.environ["HARNESS_PHASE_ID"]
pathlib.Path(os.environ["STARTED"]).touch()
time.sleep(float(os.environ.get("AGENT_SECONDS", "0")))
print(json.dumps({"type": "create", "file_path": f"src/{name}.py", "content": "X = 1\\n"}))
"""
ELSEWHERE = Owner(host="elsewhere", place="another boot", pid=1, began="5")


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def watched():
    clock, wall = Clock(), Clock()
    return ClaimWatch(clock, wall), clock, wall


def recorded(oid, owner=ELSEWHERE, heartbeat=1000.0, expiry=90.0):
    claim = Claim(owner=owner, nonce="n", heartbeat=heartbeat, expiry=expiry)
    return RecordedClaim("refs/harness/claims/demo/a", oid, claim.encode())


def test_a_claim_of_another_machine_expires_by_the_clock_here(watched):
    watch, clock, _ = watched
    assert watch.is_live(recorded("1"), "origin")
    clock.now += 89
    assert watch.is_live(recorded("1"), "origin")
    clock.now += 2
    assert not watch.is_live(recorded("1"), "origin")


@pytest.mark.parametrize("skew", [-600, 0, 600])
def test_a_renewed_claim_lives_whatever_the_other_clock_says(watched, skew):
    watch, clock, wall = watched
    for beat in range(20):
        assert watch.is_live(recorded(str(beat), heartbeat=wall.now + skew), "origin")
        clock.now, wall.now = clock.now + 60, wall.now + 60


def test_a_claim_of_yesterday_is_dead_at_first_sight(watched):
    watch, _, wall = watched
    assert not watch.is_live(recorded("1", heartbeat=wall.now - 86400), "origin")


def test_here_the_process_is_looked_at(watched):
    watch, clock, wall = watched
    me = this_process()
    clock.now += 10_000
    assert watch.is_live(recorded("1", owner=me, heartbeat=wall.now - 86400))
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    assert not watch.is_live(recorded("2", owner=me.model_copy(update={"pid": process.pid})))
    # Its number may be somebody else's by now: then it began at another time.
    assert not watch.is_live(recorded("3", owner=me.model_copy(update={"began": "1"})))


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"owner": 1}'])
def test_what_is_no_claim_claims_nothing(watched, data):
    assert not watched[0].is_live(RecordedClaim("refs/harness/claims/demo/a", "1", data))


@pytest.fixture
def run(empty_project, tmp_path):
    """A repository whose agent takes as long as it is told."""

    def ready(*names):
        empty_project.plan(*(f'id = "{n}"\ngoal = "make it"\ndeliverables = ["src/{n}.py"]' for n in names))
        empty_project.commit({"harness.toml": CONFIG, "slow.py": SLOW}, "begin")
        empty_project.environment["STARTED"] = str(tmp_path / "started")
        return empty_project

    return ready


def begin(project, *arguments, seconds=60.0):
    """Start a command, and wait until its agent is at work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *arguments],
        cwd=project.root,
        env={**project.environment, "AGENT_SECONDS": str(seconds)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    limit = time.monotonic() + 60
    while not os.path.exists(project.environment["STARTED"]):
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.05)
    return process


def drain(project, *arguments):
    done = project.harness("drain", "--json", *arguments)
    return done.code, done.json


def states(project):
    return {row["phase"]: row["state"] for row in project.harness("status", "--json").json["phases"]}


def test_what_somebody_works_on_is_left_to_them(run):
    project = run("a", "b")
    process = begin(project, "run-phase", "a")
    try:
        assert states(project) == {"a": "running", "b": "queued"}
        code, document = drain(project, "--max-phases", "1")
        assert (code, document["stop_reason"]) == (1, "max_phases")
        assert states(project) == {"a": "running", "b": "complete"}
        began = time.monotonic()
        code, document = drain(project)
        assert time.monotonic() - began < 45  # the agent of the other takes a minute
        assert (code, document["stop_reason"]) == (5, "stalled")
        assert f"process {process.pid} on" in document["phases"][0]["reason"]
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert states(project) == {"a": "queued", "b": "complete"}
    assert project.git("for-each-ref", "refs/harness/claims") != ""
    assert drain(project)[0] == 0
    assert project.git("for-each-ref", "refs/harness/claims") == ""


@pytest.mark.slow
def test_a_drain_told_to_wait_stays_until_others_are_done(run):
    project = run("a")
    process = begin(project, "run-phase", "a", seconds=4)
    code, document = drain(project, "--wait")
    process.wait()
    assert (code, document["stop_reason"], document["phases"][0]["ran"]) == (0, "complete", False)


@pytest.fixture
def shared(run, tmp_path):
    """A clone whose remote has somebody else's claim on phase `a`."""

    def ready(heartbeat):
        project = run("a", "b")
        remote = tmp_path / "remote.git"
        project.git("init", "-q", "--bare", "-b", "main", str(remote))
        project.git("remote", "add", "origin", str(remote))
        project.git("push", "-q", "origin", "main")
        claim = Claim(owner=ELSEWHERE, nonce="n", heartbeat=heartbeat).encode().decode()
        blob = project.git("hash-object", "-w", "--stdin", stdin=claim).strip()
        project.git("push", "-q", "origin", f"{blob}:refs/harness/claims/demo/a")
        return project, Project(remote, project.environment)

    return ready


def test_a_claim_on_the_remote_is_left_to_its_owner(shared):
    project, remote = shared(time.time())
    project.plan('id = "a"\ngoal = "make it"\ndeliverables = ["src/a.py"]')
    code, document = drain(project, "--remote", "origin")
    assert (code, document["stop_reason"]) == (5, "stalled")
    assert document["phases"][0]["reason"] == "process 1 on elsewhere works on it, seen on origin"
    assert remote.git("for-each-ref", "--format=%(refname)", "refs/harness/claims").split() == [
        "refs/harness/claims/demo/a"
    ]


def test_a_dead_claim_on_the_remote_is_taken_over(shared):
    project, remote = shared(time.time() - 86400)
    code, document = drain(project, "--remote", "origin")
    assert (code, document["stop_reason"]) == (0, "complete")
    assert remote.git("for-each-ref", "refs/harness/claims") == ""
    assert remote.rev("harness/demo") == project.rev("harness/demo") != ""


LOSE_ONCE = """\
#!/bin/sh
grep -q refs/heads/harness/demo || exit 0
[ -e lost-once ] && exit 0
touch lost-once
env -u GIT_QUARANTINE_PATH git update-ref -d refs/harness/claims/demo/@landing
"""


def test_a_race_lost_while_landing_is_run_again(shared):
    """Whoever lands is fenced by the claim it landed under: without that, nothing moves, here or there."""
    project, remote = shared(time.time() - 86400)
    hook = remote.root / "hooks" / "pre-receive"
    hook.write_text(LOSE_ONCE)
    hook.chmod(0o755)
    code, document = drain(project, "--remote", "origin")
    assert (code, [row["attempts"] for row in document["phases"]]) == (0, [1, 1])
    assert (remote.root / "lost-once").exists()
    phases = project.git("log", "--format=%(trailers:key=Phase-Id,valueonly,separator=)", "harness/demo")
    assert sorted(filter(None, phases.split())) == ["a", "b"]
    assert project.git("fsck", "--strict", "--no-dangling") == ""


def test_a_remote_that_refuses_lands_nothing(shared):
    project, remote = shared(time.time() - 86400)
    hook = remote.root / "hooks" / "pre-receive"
    hook.write_text(
        "#!/bin/sh\ngrep -q refs/heads/harness/demo && echo no such branches here >&2 && exit 1\nexit 0\n"
    )
    hook.chmod(0o755)
    code, document = drain(project, "--remote", "origin")
    assert (code, document["stop_reason"]) == (5, "blocked")
    assert "remote-refused" in document["phases"][0]["reason"]
    assert (project.rev("harness/demo"), remote.rev("harness/demo")) == ("", "")
    hook.unlink()
    assert drain(project, "--remote", "origin")[0] == 0


def test_a_remote_that_is_unknown(run):
    project = run("a")
    done = project.harness("drain", "--remote", "nowhere", "--json")
    assert (done.code, done.json["code"]) == (2, "unknown-remote")
