"""`harness drain`: the order of phases, every reason to stop, and going on afterwards."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from project import create
from python_environments import plain_python

CONFIG = f"""\
tests = "none"

[agents.recorded]
kind = "recorded"
reply = "replies/{{phase}}-{{attempt}}.txt"

[agents.slow]
kind = "command"
command = ["{sys.executable}", "-c", "import time, pathlib; pathlib.Path('slow.txt').write_text('x'); time.sleep(4)"]
edits = "worktree"
"""


def phase(name, *more, deliverable=None):
    path = deliverable or f"src/{name}.py"
    return "\n".join([f'id = "{name}"', f'goal = "Make {name}"', f'deliverables = ["{path}"]', *more])


def depends(*names):
    return f"depends_on = {json.dumps(names)}"


@pytest.fixture
def run(empty_project):
    empty_project.commit({"harness.toml": CONFIG, "README.md": "x\n"}, "begin")

    def ready(*phases, replies=(), config=""):
        if config:
            empty_project.commit({"harness.toml": CONFIG + config}, "config")
        empty_project.plan(*phases)
        for name in replies:
            empty_project.reply(name, 1, create(f"src/{name}.py", f"{name.upper()} = 1\n"))
        return empty_project

    return ready


def drain(project, *arguments):
    result = project.harness("drain", "--json", *arguments)
    return result.code, result.json


def states(document):
    return {row["phase"]: row["state"] for row in document["phases"]}


def order(project):
    subjects = project.git("log", "--reverse", "--format=%s", "main..harness/demo").splitlines()
    return [subject.split(":")[0] for subject in subjects if not subject.startswith("telemetry")]


def test_phases_run_in_plan_order_after_what_they_depend_on(run):
    """Case 82: without tiers, in listed order."""
    project = run(
        phase("c", depends("a", "b")), phase("a"), phase("b", depends("a")), phase("d"), replies="abcd"
    )
    code, document = drain(project)
    assert (code, document["schema"], document["stop_reason"]) == (0, "harness.drain/1", "complete")
    assert set(states(document).values()) == {"complete"}
    assert order(project) == ["a", "b", "c", "d"]
    assert drain(project) == (0, {**drain(project)[1], "seconds": pytest.approx(0, abs=60)})


def test_a_drained_run_is_not_run_again(run):
    project = run(phase("a"), replies="a")
    drain(project)
    tip = project.rev("harness/demo")
    code, document = drain(project)
    assert (code, [row["ran"] for row in document["phases"]], project.rev("harness/demo")) == (
        0,
        [False],
        tip,
    )


def test_a_queue_in_which_nothing_can_run_ends_at_once(run):
    """Case 81: a reason for each phase, no agent asked."""
    project = run(phase("a"), phase("b", depends("a")), phase("c", depends("b")))
    code, document = drain(project)
    assert (code, document["stop_reason"]) == (5, "stalled")
    reasons = {row["phase"]: row["reason"] for row in document["phases"]}
    assert "no reply" in reasons["a"]
    assert (reasons["b"], reasons["c"]) == ("waits for a", "waits for b")
    assert states(document) == {"a": "unusable", "b": "waiting", "c": "waiting"}


def test_what_can_run_runs_around_what_fails(run):
    project = run(phase("a", "max_attempts = 1"), phase("b", depends("a")), phase("c"), replies="c")
    project.reply("a", 1, create("elsewhere.py", "x = 1\n"))
    code, document = drain(project)
    assert (code, document["stop_reason"]) == (1, "stalled")
    assert states(document) == {"a": "refused", "b": "waiting", "c": "complete"}
    project.reply("a", 2, create("src/a.py", "A = 1\n"))
    project.reply("b", 1, create("src/b.py", "B = 1\n"))
    assert drain(project)[0] == 0


def test_it_stops_at_the_first_failure_if_asked(run):
    project = run(phase("a", "max_attempts = 1"), phase("b"), replies="b")
    project.reply("a", 1, create("elsewhere.py", "x = 1\n"))
    code, document = drain(project, "--stop-on-failure")
    assert (code, document["stop_reason"], states(document)["b"]) == (1, "first_failure", "queued")
    code, document = drain(project)
    assert states(document)["b"] == "complete"


def test_it_stops_after_so_many_phases_and_goes_on(run):
    project = run(phase("a"), phase("b"), phase("c"), replies="abc")
    code, document = drain(project, "--max-phases", "2")
    assert (code, document["stop_reason"]) == (1, "max_phases")
    assert states(document) == {"a": "complete", "b": "complete", "c": "queued"}
    assert drain(project)[0] == 0


def test_a_budget_is_reserved_before_a_phase_begins(run):
    project = run(phase("a", "budget = 1000"), phase("b", "budget = 1000"), replies="ab")
    usage = json.dumps({"output": 600})
    project.write("replies/a-1.txt.usage.json", usage)
    project.write("harness.toml", CONFIG + "\n[budget]\nrun_tokens = 1500\n")
    code, document = drain(project)
    assert (code, document["stop_reason"], document["tokens"]) == (1, "budget", 600)
    assert "600 tokens are used, an attempt may take 1000" in document["reason"]
    project.write("harness.toml", CONFIG + "\n[budget]\nrun_tokens = 1600\n")
    assert drain(project)[0] == 0


@pytest.mark.parametrize("limit", ["run_tokens = 0", "run_cost = 0", "run_seconds = 0", "tokens = 0"])
def test_zero_is_no_way_to_say_unlimited(run, limit):
    project = run(phase("a"), replies="a")
    project.write("harness.toml", CONFIG + f"\n[budget]\n{limit}\n")
    result = project.harness("drain", "--json")
    assert (result.code, result.json["code"]) == (2, "invalid-config")


@pytest.mark.slow
def test_what_waits_for_a_person_is_blocked(run):
    project = run(phase("a"), replies="a")
    project.commit({"tests/test_x.py": "def test_x():\n    assert True\n", "harness.toml": TESTED}, "tests")
    project.plan(phase("a", 'scope = ["src/", "tests/"]'))
    gone = {"type": "delete", "file_path": "tests/test_x.py"}
    other = create("tests/test_y.py", "def test_y():\n    assert True\n")
    project.reply("a", 1, create("src/a.py", "A = 1\n"), gone, other)
    code, document = drain(project)
    assert (code, document["stop_reason"], states(document)) == (1, "blocked", {"a": "waiting"})
    code, document = drain(project)
    assert (code, document["stop_reason"]) == (5, "blocked")
    assert "harness approve a" in document["phases"][0]["reason"]
    assert project.harness("approve", "a", "--reason", "meant").code == 0
    assert drain(project)[0] == 0


TESTED = CONFIG.replace('tests = "none"', f'[tests]\npython = "{plain_python()}"')


def test_ctrl_c_finishes_the_attempt_and_leaves_the_run_to_go_on(run):
    slow = phase("slow", 'agent = "slow"', deliverable="slow.txt")
    project = run(slow, phase("b"), replies="b")
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "drain", "--json"],
        cwd=project.root, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stderr:
        if "asking slow" in line:
            break
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    document = json.loads(out)
    assert (process.returncode, document["stop_reason"]) == (130, "interrupted"), err
    assert states(document) == {"slow": "complete", "b": "queued"}
    assert drain(project)[0] == 0


def test_a_plan_that_is_wrong_starts_nothing(run):
    project = run(phase("a", depends("b")), phase("b", depends("a")), replies="ab")
    result = project.harness("drain", "--json")
    assert (result.code, result.json["code"]) == (2, "invalid-plan")
    assert project.git("for-each-ref", "refs/harness") == ""


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_side_by_side_or_one_by_one_it_is_the_same_tree(run, jobs):
    names = "abcdefgh"
    project = run(
        *(
            phase(name, depends(*names[:number][-1:] if number % 3 == 2 else []))
            for number, name in enumerate(names)
        ),
        replies=names,
    )
    code, document = drain(project, "--jobs", jobs)
    assert (code, document["stop_reason"]) == (0, "complete")
    assert sorted(order(project)) == sorted(names)
    assert order(project).index("b") < order(project).index("c")
    files = project.git("ls-tree", "-r", "harness/demo", "src/")
    assert [line.split("\t")[1] for line in files.splitlines()] == [f"src/{name}.py" for name in names]
    rows = [json.loads(row) for row in project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()]
    assert sorted(row["phase_id"] for row in rows) == sorted(names)


@pytest.mark.slow
def test_a_killed_drain_with_workers_goes_on(run):
    project = run(*(phase(name) for name in "abcdef"), replies="abcdef")
    for moment in (1.5, 2.5):
        process = subprocess.Popen(
            [sys.executable, "-m", "harness", "drain", "--jobs", "3"],
            cwd=project.root, env=project.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    code, document = drain(project, "--jobs", "2")
    assert (code, document["stop_reason"]) == (0, "complete")
    assert sorted(order(project)) == list("abcdef")
    assert project.git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.parametrize("jobs", ["0", "-1", "65", "many"])
def test_jobs_that_are_none(run, jobs):
    project = run(phase("a"), replies="a")
    assert project.harness("drain", "--jobs", jobs).code == 2


def test_two_drains_at_once_run_each_phase_once(run):
    """Case 84."""
    project = run(*(phase(name) for name in "abcdef"), replies="abcdef")
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "harness", "drain", "--json"],
            cwd=project.root, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    documents = [json.loads(process.communicate(timeout=240)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert {document["stop_reason"] for document in documents} == {"complete"}
    assert sorted(order(project)) == list("abcdef")
    rows = project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()
    assert len(rows) == 6
