"""A plan with everything that goes wrong drains to the same tree, however many work on it and are killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from project import Project
from python_environments import plain_python

KINDS = ("plain", "refused", "truncated", "failing", "flaky", "lines", "chain", "sorted")
# Those whose phases run no tests: what takes its time is tried once.
QUICK = ("plain", "refused", "truncated", "lines", "chain", "sorted")

# Answers by the phase and by what is recorded of it, so that it doesn't matter how often it is killed.
AGENT = r"""
import json, os, pathlib, sys, time
brief = json.load(open(os.environ["HARNESS_BRIEF"]))
phase = brief["phase"]
name, kind = phase.split("-")
number = int(name[1:])
before = {attempt["outcome"] for attempt in brief["earlier"]}
usage = {"output": 60, "stop_reason": "end_turn"}
time.sleep(float(os.environ.get("AGENT_SECONDS", "0")))

def create(path, content):
    return {"type": "create", "file_path": path, "content": content}

def whole(path, content):
    return {"type": "replace_file", "file_path": path, "content": content}

source, test = f"src/{name}.py", f"tests/test_{name}.py"
lines = [create(source, f"VALUE = {number}\n")]
if kind == "refused" and "refused" not in before:
    lines.append(create(f"elsewhere-{name}.txt", "not in scope\n"))
if kind == "truncated":
    more = [create(f"src/{name}_{part}.py", f"PART = '{part}'\n") for part in "abc"]
    missing = brief["deliverables"]["missing"]
    lines = [line for line in lines + more if line["file_path"] in missing]
    if not before:
        usage["stop_reason"] = "max_tokens"
if kind == "failing":
    value = number if "failed" in before else -1
    lines = [
        create(source, f"VALUE = {value}\n"),
        create(test, f"from src.{name} import VALUE\n\n\ndef test_value():\n    assert VALUE == {number}\n"),
    ]
    present = brief["deliverables"]["present"]
    if test in present:
        lines.pop()
    if source in present:
        lines[0] = whole(source, lines[0]["content"])
if kind == "flaky":
    lines.append(create(test, "import pathlib\n\n\ndef test_second_time():\n"
        "    marker = pathlib.Path(__file__).with_name('seen-once')\n"
        "    seen = marker.exists()\n    marker.touch()\n    assert seen\n"))
if kind == "lines":
    old = f"line {number}\n"
    change = {"type": "replace", "old_text": old, "new_text": f"line {number} by {name}\n"}
    lines.append({"type": "modify", "file_path": "lines.txt", "operations": [change]})
if kind == "chain":
    lines.append(whole("chain.txt", pathlib.Path("chain.txt").read_text() + name + "\n"))
if kind == "sorted":
    there = pathlib.Path("sorted.txt").read_text().splitlines()
    lines.append(whole("sorted.txt", "".join(f"{line}\n" for line in sorted({*there, name}))))
text = "".join(json.dumps(line) + "\n" for line in lines)
if usage["stop_reason"] == "max_tokens":
    text = text[: len(text) - 20]
sys.stdout.write(text)
json.dump(usage, open(os.environ["HARNESS_USAGE"], "w"))
"""

CONFIG = f"""\
[tests]
paths = ["tests"]
timeout = 60
python = "{plain_python()}"

[containment]
mode = "off"

[agents.made-up]
kind = "command"
command = ["{sys.executable}", "agent.py"]
"""


def phases(count, kinds=KINDS):
    return [f"p{number:02}-{kinds[number % len(kinds)]}" for number in range(count)]


def table(identifier, names):
    name, kind = identifier.split("-")
    number = int(name[1:])
    deliverables, tests, scope = [f"src/{name}.py"], '"none"', []
    if kind == "truncated":
        deliverables += [f"src/{name}_{part}.py" for part in "abc"]
    if kind in ("failing", "flaky"):
        deliverables.append(f"tests/test_{name}.py")
        tests = json.dumps([deliverables[-1]])
    if kind in ("lines", "chain", "sorted"):
        scope = [f"{kind}.txt"]
    needs = [names[number - 3]] if number % 4 == 3 else []
    needs += [other for other in names[:number] if kind == "chain" and other.endswith("-chain")][-1:]
    return (
        f'id = "{identifier}"\ngoal = "Make {name}"\ndeliverables = {json.dumps(deliverables)}\n'
        f"scope = {json.dumps([*deliverables, *scope])}\ntests = {tests}\nmax_attempts = 8\n"
        f"depends_on = {json.dumps(needs)}"
    )


@pytest.fixture
def begin(empty_project):
    """A repository with a plan of these phases."""

    def ready(names):
        count = len(names)
        empty_project.plan(*(table(name, names) for name in names))
        empty_project.commit(
            {
                "harness.toml": CONFIG,
                "agent.py": AGENT,
                ".gitignore": "__pycache__/\n",
                "src/__init__.py": "",
                "lines.txt": "".join(f"line {number}\nbetween\nbetween\n" for number in range(count)),
                "chain.txt": "begin\n",
                "sorted.txt": "a\nz\n",
            },
            "begin",
        )
        return empty_project

    return ready


def clones(project, tmp_path):
    """Two clones of one bare remote, and the remote."""
    remote = tmp_path / "remote.git"
    project.git("init", "-q", "--bare", "-b", "main", str(remote))
    project.git("remote", "add", "origin", str(remote))
    project.git("push", "-q", "origin", "main")
    root = tmp_path / "other"
    project.git("clone", "-q", str(remote), str(root))
    return [project, Project(root, project.environment)], Project(remote, project.environment)


def start(project, *arguments, seconds=0.0):
    return subprocess.Popen(
        [sys.executable, "-m", "harness", "drain", "--json", *arguments],
        cwd=project.root,
        env={**project.environment, "AGENT_SECONDS": str(seconds)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(process):
    out, err = process.communicate(timeout=900)
    assert out, err.decode()
    return process.returncode, json.loads(out), err.decode()


def children(pid):
    """The processes a process has begun, by what the kernel says."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def kill_some(running, chance):
    """Kill a drain, everything it began, or one of its workers."""
    victim = chance.choice(running)
    kind = chance.choice(("drain", "everybody", "worker"))
    workers = children(victim.pid)
    try:
        if kind == "worker" and workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
        elif kind == "everybody":
            os.killpg(victim.pid, signal.SIGKILL)
        else:
            os.kill(victim.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def drain_with_kills(places, arguments, kills, chance):
    """Drains begun again and again, while they are killed so many times; then once more in peace."""
    running = {}
    for _ in range(kills):
        for key, place in enumerate(places):
            if key not in running or running[key].poll() is not None:
                if key in running:
                    running[key].communicate()
                running[key] = start(place, *arguments, seconds=0.1)
        time.sleep(chance.uniform(0.7, 3.0))
        kill_some(list(running.values()), chance)
    for process in running.values():
        process.communicate(timeout=900)
    return drain_all(places, arguments)


def drain_all(places, arguments):
    """Drains at once, until every phase is complete."""
    ended = [finish(process) for process in [start(place, *arguments) for place in places]]
    for _ in range(3):
        if all(code == 0 for code, _, _ in ended):
            break
        ended = [finish(start(place, *arguments)) for place in places]
    return ended


def tree(project):
    """The files of the run's branch, telemetry left out."""
    listed = project.git("ls-tree", "-r", "harness/demo").splitlines()
    return [line for line in listed if not line.split("\t")[1].startswith("telemetry/")]


def check(project, names):
    """Nothing is lost, and nothing was completed twice."""
    subjects = project.git("log", "--format=%(trailers:key=Phase-Id,valueonly,separator=)", "harness/demo")
    assert sorted(filter(None, subjects.splitlines())) == sorted(names)
    for name in names:
        ledger = project.git("log", "--first-parent", "--format=%s", f"refs/harness/runs/demo/{name}")
        assert sum(line.endswith(": complete") for line in ledger.splitlines()) == 1, ledger
    rows = [json.loads(row) for row in project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()]
    keys = [(row["phase_id"], row["attempt"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert {phase for phase, _ in keys} == set(names)
    assert project.git("fsck", "--strict", "--no-dangling") == ""
    assert project.git("for-each-ref", "refs/harness/claims") == ""
    return tree(project)


def verified(project):
    done = project.harness("verify", "--json")
    assert done.code == 0, done.stdout + done.stderr


FLAKY = """\
import pathlib


def test_second_time():
    marker = pathlib.Path(__file__).with_name('seen-once')
    seen = marker.exists()
    marker.touch()
    assert seen
"""


def expected(phases):
    """Every file the run comes to, with its content."""
    names = [name.partition("-")[::2] for name in phases]
    files = {f"src/{name}.py": f"VALUE = {number}\n" for number, (name, _) in enumerate(names)}
    for number, (name, kind) in enumerate(names):
        if kind == "truncated":
            files |= {f"src/{name}_{part}.py": f"PART = '{part}'\n" for part in "abc"}
        if kind == "failing":
            test = f"from src.{name} import VALUE\n\n\ndef test_value():\n    assert VALUE == {number}\n"
            files[f"tests/test_{name}.py"] = test
        if kind == "flaky":
            files[f"tests/test_{name}.py"] = FLAKY
    lines = [
        f"line {n} by {name}" if kind == "lines" else f"line {n}" for n, (name, kind) in enumerate(names)
    ]
    files["lines.txt"] = "".join(f"{line}\nbetween\nbetween\n" for line in lines)
    files["chain.txt"] = "".join(f"{n}\n" for n in ["begin", *(n for n, kind in names if kind == "chain")])
    files["sorted.txt"] = "".join(
        f"{n}\n" for n in sorted(["a", "z", *(n for n, kind in names if kind == "sorted")])
    )
    return files


def check_contents(project, names):
    """The tree is the same one, telemetry left out, however it came to be."""
    wanted = expected(names)
    changed = project.git("diff", "--name-only", "main", "harness/demo", "--", ":!telemetry").splitlines()
    assert sorted(changed) == sorted(wanted)
    for path, content in wanted.items():
        assert project.git("show", f"harness/demo:{path}") == content


@pytest.mark.slow
def test_a_plan_with_everything_that_goes_wrong(begin):
    names = phases(7, ("plain", "refused", "truncated", "failing", "lines", "chain", "sorted"))
    project = begin(names)
    [(code, document, err)] = drain_all([project], ["--jobs", "4"])
    assert (code, document["stop_reason"]) == (0, "complete"), err
    check(project, names)
    check_contents(project, names)
    verified(project)
    attempts = {row["phase"]: row["attempts"] for row in document["phases"]}
    assert {"p01-refused", "p02-truncated", "p03-failing"} <= {n for n, made in attempts.items() if made > 1}


@pytest.mark.slow
def test_two_clones_of_one_remote(begin, tmp_path):
    names = phases(8, QUICK)
    project = begin(names)
    places, remote = clones(project, tmp_path)
    ended = drain_all(places, ["--remote", "origin"])
    assert [code for code, _, _ in ended] == [0, 0], [err for _, _, err in ended]
    trees = [check(place, names) for place in (*places, remote)]
    assert trees[0] == trees[1] == trees[2]
    assert places[0].rev("harness/demo") == places[1].rev("harness/demo")
    check_contents(project, names)
    verified(places[1])


@pytest.mark.slow
def test_drains_that_are_killed_go_on(begin):
    names = phases(6, QUICK)
    project = begin(names)
    ended = drain_with_kills([project, project], ["--jobs", "2"], 3, random.Random(1))
    assert [code for code, _, _ in ended] == [0, 0], [err for _, _, err in ended]
    check(project, names)
    check_contents(project, names)
    verified(project)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [0, 25])
@pytest.mark.parametrize("how", ["one by one", "side by side", "two drains", "two clones"])
def test_forty_phases(begin, tmp_path, how, kills):
    names = phases(40)
    project = begin(names)
    places, remote = [project], None
    arguments = ["--jobs", "4"] if how == "side by side" else []
    if how == "two drains":
        places, arguments = [project, project], ["--jobs", "2"]
    if how == "two clones":
        places, remote = clones(project, tmp_path)
        arguments = ["--remote", "origin", "--jobs", "2"]
    ended = drain_with_kills(places, arguments, kills, random.Random(kills + len(how)))
    assert [code for code, _, _ in ended] == [0] * len(places), [err for _, _, err in ended]
    trees = [check(place, names) for place in [*places, *([remote] if remote else [])]]
    assert all(found == trees[0] for found in trees)
    check_contents(project, names)
    verified(project)
