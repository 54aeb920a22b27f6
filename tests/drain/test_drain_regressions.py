"""What drains once did wrong: each is a way of losing work, waiting for ever, or saying what isn't so."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from project import create

from harness.git.claims import RecordedClaim
from harness.phase.claims import Claim, ClaimWatch
from harness.phase.owner import Owner

CONFIG = f"""\
tests = "none"

[containment]
mode = "off"

[agents.slow]
kind = "command"
command = ["{sys.executable}", "slow.py"]

[agents.recorded]
kind = "recorded"
reply = "replies/{{phase}}-{{attempt}}.txt"
"""
# The first one that is asked says so, and waits until it is let go on.
SLOW = """\
import json, os, pathlib, time
name, gate = os.environ["HARNESS_PHASE_ID"], pathlib.Path(os.environ["GATE"])
(gate / f"asked-{name}").touch()
limit = time.monotonic() + 60
while not (gate / "open").exists() and time.monotonic() < limit:
    time.sleep(0.05)
print(json.dumps({"type": "create", "file_path": f"src/{name}.py", "content": "X = 1\\n"}))
"""


def phase(name, *more):
    return "\n".join([f'id = "{name}"', f'goal = "Make {name}"', f'deliverables = ["src/{name}.py"]', *more])


class Gate:
    """A drain under way whose first agents wait."""

    def __init__(self, project, folder):
        self.project, self.folder = project, folder
        folder.mkdir()
        project.environment["GATE"] = str(folder)

    def begin(self, *arguments, asked="a"):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness", "drain", "--json", *arguments],
            cwd=self.project.root,
            env=self.project.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        limit = time.monotonic() + 60
        while not all((self.folder / f"asked-{name}").exists() for name in asked):
            assert self.process.poll() is None and time.monotonic() < limit
            time.sleep(0.05)

    def go_on(self):
        """(exit code, document) once the agents are let go on; a drain that doesn't end is killed."""
        (self.folder / "open").touch()
        try:
            out, _ = self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()
            raise
        return self.process.returncode, json.loads(out)


@pytest.fixture
def run(empty_project):
    empty_project.commit({"harness.toml": CONFIG, "slow.py": SLOW, "README.md": "x\n"}, "begin")
    return empty_project


@pytest.fixture
def gate(run, tmp_path):
    return Gate(run, tmp_path / "gate")


def drain(project, *arguments):
    done = project.harness("drain", "--json", *arguments)
    return done.code, done.json


def states(document):
    return {row["phase"]: row["state"] for row in document["phases"]}


def reasons(document):
    return {row["phase"]: row["reason"] for row in document["phases"]}


RENAMED = '[run]\nid = "other"\n\n' + "".join(f"[[phase]]\n{phase(name)}\n" for name in "ab")


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("written", ["", "[run\n", RENAMED], ids=["empty", "broken", "of another run"])
def test_a_plan_that_is_edited_meanwhile_is_for_the_next_drain(run, gate, jobs, written):
    """It ended with an error, said that a worker was killed, or went on with phases of the other run."""
    run.plan(*map(phase, "abc"))
    gate.begin("--jobs", jobs)
    run.write("plan.toml", written)
    code, document = gate.go_on()
    assert (code, document["stop_reason"], set(states(document).values())) == (0, "complete", {"complete"})
    assert run.git("for-each-ref", "--format=%(refname)", "refs/heads/harness").split() == [
        "refs/heads/harness/demo"
    ]


@pytest.fixture
def remote(run, tmp_path):
    path = tmp_path / "remote.git"
    run.git("init", "-q", "--bare", "-b", "main", str(path))
    run.git("remote", "add", "origin", str(path))
    run.git("push", "-q", "origin", "main")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_a_remote_that_vanishes_ends_the_drain(run, gate, remote, jobs):
    """It waited for itself: the claim it couldn't give back was somebody's, whose process lived."""
    run.plan(*map(phase, "ab"))
    gate.begin("--remote", "origin", "--jobs", jobs)
    remote.rename(remote.with_name("away"))
    code, document = gate.go_on()
    assert (code, document["stop_reason"]) == (5, "blocked")
    assert "remote-unreachable" in reasons(document)["a"]
    remote.with_name("away").rename(remote)
    assert drain(run, "--remote", "origin")[0] == 0
    assert run.harness("verify").code == 0


def test_workers_import_nothing_from_the_repository(run):
    """A module of the standard library's name at the top of a project was run by the workers, uncontained."""
    told = run.root.parent / "told"
    shadow = f"open({str(told)!r}, 'w').close()\nraise RuntimeError('shadow')\n"
    names = ("pickle", "random", "socket", "multiprocessing", "harness")
    run.commit({f"{name}.py": shadow for name in names}, "shadows")
    agent = [
        sys.executable,
        "-I",
        "-c",
        "import os; print(os.environ.get('PYTHONSAFEPATH'), file=open(os.environ['TOLD'], 'w'))",
    ]
    config = f"{CONFIG}\n[agents.tells]\nkind = 'command'\ncommand = {json.dumps(agent)}\n"
    run.write("harness.toml", config)
    run.plan(phase("a", 'agent = "recorded"'), phase("b", 'agent = "tells"', "max_attempts = 1"))
    run.reply("a", 1, create("src/a.py", "KEY = 1\n"))
    run.environment["TOLD"] = str(run.root.parent / "environment")
    command = str(Path(sys.executable).parent / "harness")
    done = subprocess.run(
        [command, "drain", "--json", "--jobs", "2"], cwd=run.root, env=run.environment, capture_output=True
    )
    assert states(json.loads(done.stdout))["a"] == "complete", done.stderr
    assert not told.exists()
    assert (run.root.parent / "environment").read_text() == "None\n"


REFUSES = "#!/bin/sh\ngrep -q refs/heads/harness/demo && echo no such branches here >&2 && exit 1\nexit 0\n"


@pytest.mark.slow
def test_what_a_remote_refuses_is_kept_and_counted_and_no_more_is_asked_for(run, remote):
    """Every phase was asked, at each drain anew, and what that cost was in no record."""
    config = CONFIG.replace('tests = "none"\n', 'tests = "none"\n[budget]\nrun_tokens = 30000\n')
    run.commit({"harness.toml": config}, "a limit")
    run.plan(*(phase(name, 'agent = "recorded"') for name in "ab"))
    for name in "ab":
        run.reply(name, 1, create(f"src/{name}.py", "KEY = 1\n"))
        run.write(f"replies/{name}-1.txt.usage.json", '{"output": 16000}')
    hook = remote / "hooks" / "pre-receive"
    hook.write_text(REFUSES)
    hook.chmod(0o755)
    code, document = drain(run, "--remote", "origin")
    assert (code, document["stop_reason"]) == (5, "blocked")
    assert states(document)["b"] == "queued"
    kept = "refs/harness/unlanded/demo/a"
    assert run.git("for-each-ref", "--format=%(refname)", "refs/harness/unlanded").split() == [kept]
    record = json.loads(run.git("show", f"{kept}:unlanded.json"))
    assert (record["schema"], record["tokens"], record["code"]) == (
        "harness.unlanded/1",
        16000,
        "remote-refused",
    )
    assert run.git("show", f"{kept}:reply.txt") == (run.root / "replies/a-1.txt").read_text()
    code, document = drain(run, "--remote", "origin")
    code, document = drain(run, "--remote", "origin")
    assert (code, document["stop_reason"]) == (5, "budget")
    hook.unlink()
    run.commit({"harness.toml": CONFIG}, "no limit")
    assert drain(run, "--remote", "origin")[0] == 0
    assert run.git("ls-remote", "origin", "refs/harness/unlanded/*") == ""
    assert run.harness("verify").code == 0


def test_an_empty_name_of_a_remote_is_no_way_to_say_none(run, remote):
    run.plan(phase("a"))
    code, document = drain(run, "--remote", "")
    assert (code, document["code"]) == (2, "unknown-remote")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_configuration_broken_meanwhile_loses_nothing(run, gate, jobs):
    """It ended as if nothing had been started; with workers, agents at work were killed."""
    run.plan(*map(phase, "abc"))
    gate.begin("--jobs", jobs, asked="ab"[: int(jobs)])
    kept = (run.root / "harness.toml").read_text()
    run.write("harness.toml", "[nonsense")
    code, document = gate.go_on()
    assert (code, document["stop_reason"]) == (1, "blocked")
    assert "invalid-toml" in document["reason"]
    assert states(document)["a"] == "complete"
    run.write("harness.toml", kept)
    assert drain(run)[0] == 0


@pytest.mark.slow
def test_an_unknown_agent_of_one_phase_leaves_the_others_at_work(run, gate):
    run.plan(phase("a"), phase("b", 'agent = "nobody"'))
    gate.begin("--jobs", "2")
    code, document = gate.go_on()
    assert (code, document["stop_reason"], states(document)) == (
        1,
        "blocked",
        {"a": "complete", "b": "blocked"},
    )
    assert "unknown-agent" in reasons(document)["b"]


def refused(project, name, attempts):
    for number in range(1, attempts + 1):
        project.reply(name, number, create("elsewhere.py", "x = 1\n"))


def test_no_progress_is_seen_over_drains_and_other_phases_telemetry(run):
    """Case 87: each drain's rows of telemetry made the same candidate another one."""
    run.plan(*(phase(name, 'agent = "recorded"', "max_attempts = 2") for name in "ab"))
    for name in "ab":
        refused(run, name, 9)
    made = [[row["attempts"] for row in drain(run)[1]["phases"]] for _ in range(3)]
    assert made == [[2, 2], [1, 1], [0, 0]]


def test_a_skipped_phase_is_not_complete(run):
    """A diagnosis that says skip made the run complete, and its exit code 0."""
    config = CONFIG + (
        '[agents.doctor]\nkind = "recorded"\nreply = "doctor/{phase}-{attempt}.json"\n'
        '[diagnosis]\nagent = "doctor"\nafter = 2\n'
    )
    run.write("harness.toml", config)
    run.plan(phase("a", 'agent = "recorded"', "max_attempts = 2"), phase("b", 'agent = "recorded"'))
    refused(run, "a", 2)
    run.reply("b", 1, create("src/b.py", "B = 1\n"))
    answer = {"schema": "harness.diagnosis/1", "action": "skip", "rationale": "no use", "confidence": 1}
    run.write("doctor/a-1.json", json.dumps(answer))
    code, document = drain(run)
    assert (code, document["stop_reason"]) == (1, "stalled")
    assert states(document) == {"a": "skipped", "b": "complete"}
    code, document = drain(run)
    assert (code, document["stop_reason"], states(document)["a"]) == (5, "stalled", "skipped")
    assert "no use" in reasons(document)["a"]


def test_a_persons_commit_in_the_middle_of_a_run_is_no_rewriting(run):
    """`verify` took the first commit that isn't the harness's for what the run began with."""
    run.plan(*(phase(name, 'agent = "recorded"') for name in "ab"))
    for name in "ab":
        run.reply(name, 1, create(f"src/{name}.py", "X = 1\n"))
    assert drain(run, "--max-phases", "1")[0] == 1
    run.git("worktree", "add", "-q", "../by-hand", "harness/demo")
    run.git("-C", "../by-hand", "commit", "-q", "--allow-empty", "-m", "by hand")
    run.git("worktree", "remove", "../by-hand")
    assert drain(run)[0] == 0
    done = run.harness("verify")
    assert (done.code, "commit-rewritten" in done.stdout) == (0, False)


def test_no_claim_holds_for_as_long_as_it_says():
    """One with an expiry of ages, and a date to come, held a phase for ever."""
    now = [1000.0]
    watch = ClaimWatch(lambda: now[0], lambda: now[0])
    owner = Owner(host="elsewhere", place="another boot", pid=1, began="5")
    claim = Claim(owner=owner, nonce="n", heartbeat=1e12, expiry=1e300)
    recorded = RecordedClaim("refs/harness/claims/demo/a", "1", claim.encode())
    assert watch.is_live(recorded)
    now[0] += 3600
    assert not watch.is_live(recorded)


def test_a_goal_drives_no_terminal_in_a_log_of_actions(run):
    """Escape sequences of a goal went to the log as they were."""
    goal = json.dumps("wipe \x1b[2J ::error::x \u202e it")
    body = f'id = "a"\ngoal = {goal}\ndeliverables = ["src/a.py"]\nagent = "recorded"'
    run.plan(body)
    run.reply("a", 1, create("src/a.py", "X = 1\n"))
    done = run.harness("drain", GITHUB_ACTIONS="true")
    assert (done.code, "wipe" in done.stderr) == (0, True)
    assert "\x1b" not in done.stderr and "\u202e" not in done.stderr


# git, but for the first `worktree add`: that one says so, and takes a while.
SLOW_GIT = """\
#!/bin/sh
case "$*" in *"worktree add"*) mkdir "$GATE/asked-git" 2>/dev/null && sleep 1;; esac
exec {git} "$@"
"""


@pytest.mark.parametrize(("jobs", "number"), [("1", signal.SIGINT), ("2", signal.SIGTERM)])
def test_a_signal_for_everybody_ends_no_git_and_no_worker(run, gate, tmp_path, jobs, number):
    """Ctrl-C at a terminal, and `timeout`, reach every process: what is under way is finished all the same."""
    run.plan(*(phase(name, 'agent = "slow"') for name in "ab"), phase("c", 'depends_on = ["a"]'))
    (gate.folder / "open").touch()
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text(SLOW_GIT.format(git=shutil.which("git")))
    (programs / "git").chmod(0o755)
    run.environment["PATH"] = f"{programs}:{run.environment['PATH']}"
    gate.begin("--jobs", jobs, asked=["git"])
    gate.process.send_signal(number)
    os.killpg(gate.process.pid, number)
    out, err = gate.process.communicate(timeout=60)
    assert b"Traceback" not in err
    document = json.loads(out)
    assert (gate.process.returncode, document.get("stop_reason")) == (130, "interrupted"), (document, err)
    assert set(list(states(document).values())[: int(jobs)]) == {"complete"}


@pytest.mark.slow
def test_workers_that_are_being_started_are_not_interrupted(run, gate):
    run.plan(*(phase(name, 'agent = "slow"') for name in "ab"), phase("c", 'depends_on = ["a"]'))
    (gate.folder / "open").touch()
    gate.begin("--jobs", "2", asked=[])
    assert b"[1/3] a" in gate.process.stderr.readline()
    time.sleep(0.2)
    os.killpg(gate.process.pid, signal.SIGINT)
    out, err = gate.process.communicate(timeout=60)
    assert b"Traceback" not in err
    document = json.loads(out)
    assert (document["stop_reason"], states(document)["a"]) == ("interrupted", "complete"), err


RECORDED = 'agent = "recorded"'


def shell(project, *commands):
    """A configuration whose agent runs these commands in its worktree."""
    text = json.dumps(["sh", "-c", "; ".join(commands)])
    agent = f'[agents.shell]\nkind = "command"\nedits = "worktree"\ncommand = {text}\n'
    project.commit({"harness.toml": CONFIG + agent}, "an agent")


def test_a_new_run_begins_where_its_phases_began_whatever_is_committed_meanwhile(run):
    """The row of one that failed began it at the newer commit, and what the others made couldn't land."""
    at_home = f"git -C {run.root}"
    commit = f"{at_home} -c user.name=P -c user.email=p@e commit -q --allow-empty -m more; exit 3"
    landed = f"for _ in $(seq 300); do {at_home} rev-parse -q --verify harness/demo && break; sleep 0.1; done"
    shell(run, f'if [ "$HARNESS_PHASE_ID" = a ]; then {commit}; fi', landed, "echo X=1 > src/b.py")
    run.commit({"src/begun.py": "X = 1\n"}, "a folder")
    began = run.rev("HEAD")
    run.plan(*(phase(name, 'agent = "shell"', "max_attempts = 1") for name in "ab"))
    code, document = drain(run, "--jobs", "2")
    assert (code, states(document)) == (1, {"a": "unusable", "b": "complete"})
    assert run.git("merge-base", "main", "harness/demo").strip() == began != run.rev("main")


def test_a_phase_whose_branch_was_deleted_meanwhile_is_not_complete(run):
    shell(run, f"git -C {run.root} update-ref -d refs/heads/harness/demo", "mkdir src; echo X=1 > src/b.py")
    run.plan(phase("a", 'agent = "recorded"'), phase("b", 'agent = "shell"', "max_attempts = 1"))
    run.reply("a", 1, create("src/a.py", "X = 1\n"))
    code, document = drain(run)
    assert (code, states(document)) == (1, {"a": "queued", "b": "blocked"})
    assert reasons(document)["a"] == "was complete; its commit is in no branch any more"


def test_attempts_before_the_one_that_could_not_land_are_told(run, remote):
    """It said that nothing ran, and nothing was used."""
    text = f'case "$(cat $HARNESS_BRIEF)" in *\'"attempt": 1\'*) exit 3;; esac; mv {remote} {remote}-away'
    shell(run, 'echo \'{"output": 600, "cost": 0.5}\' > $HARNESS_USAGE', text, "mkdir src; echo X > src/a.py")
    run.plan(phase("a", 'agent = "shell"'))
    code, document = drain(run, "--remote", "origin")
    assert (code, document["stop_reason"]) == (1, "blocked")
    assert (document["tokens"], document["cost"], document["phases"][0]["attempts"]) == (600, 0.5, 1)
