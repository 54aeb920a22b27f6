"""Cases 81, 83, 85, 86 and 88 of a drain, as its user sees them; the others are tested beside the phase."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from project import create
from python_environments import plain_python

pytestmark = pytest.mark.slow

CONFIG = f"""\
[policy]
protected = ["closed/"]

[tests]
python = "{plain_python()}"

[containment]
mode = "off"

[agents.recorded]
kind = "recorded"
reply = "replies/{{phase}}-{{attempt}}.txt"

[agents.writer]
kind = "command"
command = ["{sys.executable}", "writer.py"]
edits = "worktree"
"""
# While the folder `hold` is there, it leaves half of a file and waits to be killed.
WRITER = """\
import os, pathlib, time

name, told = os.environ["HARNESS_PHASE_ID"], pathlib.Path(os.environ["TOLD"])
path = pathlib.Path("src", name + ".py")
path.parent.mkdir(exist_ok=True)
path.write_text("X = [1,")
(told / f"at-{name}").write_text(str(os.getpid()))
limit = time.monotonic() + 60
while (told / "hold").exists() and time.monotonic() < limit:
    time.sleep(0.05)
path.write_text("X = [1, 2]\\n")
"""
TEST = "def test_x():\n    assert True\n"


def phase(name, *more):
    return "\n".join([f'id = "{name}"', f'goal = "Make {name}"', f'deliverables = ["src/{name}.py"]', *more])


@pytest.fixture
def run(empty_project, tmp_path):
    empty_project.commit({"harness.toml": CONFIG, "writer.py": WRITER, "tests/test_x.py": TEST}, "begin")
    told = tmp_path / "told"
    told.mkdir()
    empty_project.environment["TOLD"] = str(told)
    empty_project.told = told
    return empty_project


def drain(project, *arguments):
    done = project.harness("drain", "--json", *arguments)
    return done.code, done.json


def of_phases(document, key):
    return {row["phase"]: row[key] for row in document["phases"]}


def weakens(project, name):
    """A reply that does the work and takes a test away, which a person has to approve."""
    gone = {"type": "delete", "file_path": "tests/test_x.py"}
    other = create(f"tests/test_{name}.py", "def test_y():\n    assert True\n")
    project.reply(name, 1, create(f"src/{name}.py", "X = 1\n"), gone, other)


def test_each_phase_that_cannot_run_has_its_own_reason(run):
    """Case 81: one waits for an approval, one for that phase; a drain of them ends at once and says so."""
    run.plan(phase("a", 'scope = ["src/", "tests/"]'), phase("b", 'depends_on = ["a"]'), phase("c"))
    weakens(run, "a")
    _, first = drain(run)
    assert "harness approve a" in of_phases(first, "reason")["a"]
    code, document = drain(run)
    assert (code, document["stop_reason"] in ("blocked", "stalled")) == (5, True)
    reasons = of_phases(document, "reason")
    assert "harness approve a" in reasons["a"]
    assert reasons["b"] == "waits for a"
    assert "no reply" in reasons["c"]


def test_a_scope_that_is_all_protected_starts_nothing(run):
    """Case 81: what could never end well is said before an agent is asked, of the whole plan."""
    run.plan(phase("a"), phase("b", 'scope = ["closed/**"]'))
    run.reply("a", 1, create("src/a.py", "X = 1\n"))
    done = run.harness("drain", "--json")
    assert (done.code, "scope-protected" in done.json["message"] + done.json["code"]) == (2, True)
    assert run.git("for-each-ref", "refs/harness", "refs/heads/harness") == ""


def begin(project, *arguments, at):
    """A drain whose agents, those `at` work, wait half-way."""
    (project.told / "hold").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "drain", "--json", *arguments],
        cwd=project.root,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    limit = time.monotonic() + 60
    while not all((project.told / f"at-{name}").exists() for name in at):
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.05)
    return process


def agents(project):
    return [int(path.read_text()) for path in project.told.glob("at-*")]


def gone(pids):
    """Whether every process is over within a while."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        if not any(_lives(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def rows(project):
    text = project.git("show", "harness/demo:telemetry/demo.ndjson")
    return sorted(
        (row["phase_id"], row["attempt"]) for row in map(json.loads, text.splitlines()) if "phase_id" in row
    )


def assert_goes_on(project, *arguments):
    """The next drain completes everything, each phase by its first attempt, from whole files."""
    (project.told / "hold").unlink()
    code, document = drain(project, *arguments)
    assert (code, document["stop_reason"]) == (0, "complete")
    assert [project.git("show", f"harness/demo:src/{name}.py") for name in "ab"] == ["X = [1, 2]\n"] * 2
    assert rows(project) == [("a", 1), ("b", 1)]
    assert project.git("status", "--porcelain", "--", "src") == ""
    assert project.harness("verify").code == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_drain_killed_in_mid_phase_leaves_nothing_and_goes_on(run, jobs):
    """Case 83: no agent goes on alone, nothing half-written is kept, attempts are counted once."""
    run.plan(*(phase(name, 'agent = "writer"') for name in "ab"))
    process = begin(run, "--jobs", jobs, at="ab"[: int(jobs)])
    process.kill()
    process.communicate()
    assert gone(agents(run))
    assert_goes_on(run, "--jobs", jobs)


def test_a_killed_worker_takes_nothing_with_it_but_its_own_phase(run):
    """Case 83: the other is completed, the drain says what happened, with one document, and ends."""
    run.plan(*(phase(name, 'agent = "writer"') for name in "ab"), phase("c", 'depends_on = ["a", "b"]'))
    process = begin(run, "--jobs", "2", at="ab")
    agent = int((run.told / "at-a").read_text())
    worker = agent
    while (parent := _parent(worker)) != process.pid:
        worker = parent
    os.kill(worker, signal.SIGKILL)
    assert gone([agent])
    (run.told / "hold").unlink()
    out, _ = process.communicate(timeout=60)
    document = json.loads(out)
    assert (process.returncode, document["stop_reason"]) == (130, "interrupted")
    assert "worker was killed, which worked on a" in document["reason"]
    assert of_phases(document, "state") == {"a": "queued", "b": "complete", "c": "waiting"}
    run.reply("c", 1, create("src/c.py", "X = 1\n"))
    code, document = drain(run, "--jobs", "2")
    assert (code, set(of_phases(document, "state").values())) == (0, {"complete"})
    assert of_phases(document, "attempts") == {"a": 1, "b": 0, "c": 1}


def _parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_second_signal_stops_at_once_and_leaves_nothing(run, jobs):
    """Case 85: nothing of what was under way is recorded, and no agent stays behind."""
    run.plan(*(phase(name, 'agent = "writer"') for name in "ab"))
    process = begin(run, "--jobs", jobs, at="ab"[: int(jobs)])
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["code"]) == (130, "interrupted")
    assert gone(agents(run))
    assert_goes_on(run, "--jobs", jobs)


def test_a_scope_of_an_older_plan_is_normalised(run):
    """Case 86."""
    run.plan(phase("a", 'scope = "src/a.py, the tests\\n- tests/test_a.py (new)"'))
    run.reply("a", 1, create("src/a.py", "X = 1\n"), create("tests/test_a.py", TEST))
    assert drain(run)[0] == 0
    run.plan(phase("b", 'scope = "src/b.py"'))
    run.reply("b", 1, create("src/b.py", "X = 1\n"), create("elsewhere.py", "X = 1\n"))
    code, document = drain(run)
    assert (code, of_phases(document, "state")) == (1, {"b": "refused"})


def test_an_approval_given_later_lets_the_next_drain_pass_without_the_agent(run):
    """Case 88: what waited for `a` follows; the agent isn't asked again, as there is no second reply."""
    run.plan(phase("a", 'scope = ["src/", "tests/"]'), phase("b", 'depends_on = ["a"]', 'agent = "writer"'))
    weakens(run, "a")
    code, document = drain(run)
    assert (code, document["stop_reason"], of_phases(document, "state")["b"]) == (1, "blocked", "waiting")
    assert run.harness("approve", "a", "--reason", "meant").code == 0
    code, document = drain(run)
    assert (code, document["stop_reason"]) == (0, "complete")
    assert run.rev("harness/demo:tests/test_x.py") == ""
    assert run.harness("verify").code == 0


def test_an_approval_of_one_difference_is_none_of_another(run):
    """Case 88: the agent made something else meanwhile; what was approved before doesn't let that pass."""
    run.plan(phase("a", 'scope = ["src/", "tests/"]', "max_attempts = 1"))
    weakens(run, "a")
    drain(run)
    assert run.harness("approve", "a", "--reason", "meant").code == 0
    gone = {"type": "delete", "file_path": "tests/test_x.py"}
    other = create("tests/test_other.py", "def test_z():\n    assert True\n")
    run.reply("a", 2, create("src/a.py", "X = 2\n"), gone, other)
    assert run.phase("a", "--again").code == 5
    code, document = drain(run)
    assert (code, document["stop_reason"], of_phases(document, "state")) == (5, "blocked", {"a": "waiting"})
