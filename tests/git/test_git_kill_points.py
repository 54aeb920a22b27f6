"""Killed at any step, a phase leaves nothing half-recorded, and the next command ends as if undisturbed."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from project import create

FAULTS = Path(__file__).parent / "faults"
PHASE = """
id = "work"
goal = "Add a module"
deliverables = ["src/textkit/new.py"]
scope = ["src/", "tests/"]
tests = "none"
max_attempts = 2
"""


@pytest.fixture
def ready(project):
    """A phase whose first attempt fails for a missing deliverable and whose second completes."""
    project.plan(PHASE)
    project.reply("work", 1, create("src/textkit/half.py", "half = 1\n"))
    project.reply("work", 2, create("src/textkit/new.py", "value = 1\n"))
    project.commit(message="plan")
    return project


def run(project, step, log=None):
    extra = {"PYTHONPATH": str(FAULTS), "KILL_TARGET": "1", "KILL_AT_STEP": str(step)}
    return project.phase("work", **extra, **({"STEP_LOG": str(log)} if log else {}))


def state(project):
    """What must come out the same: trees, outcomes, rows and notes, less the times in them."""
    attempts = project.harness("show", "work", "--json").json["attempts"]
    rows = project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()
    return {
        "work": project.git("ls-tree", "-r", "harness/demo", "src", "tests"),
        "subjects": project.git("log", "--format=%s", "harness/demo"),
        "attempts": [(a["number"], a["outcome"], a["tree"]) for a in attempts],
        "rows": [(r["attempt"], r["outcome"], r["tree"]) for r in map(json.loads, rows)],
        "branches": project.git("for-each-ref", "--format=%(refname)"),
    }


def check_point(project, step, undisturbed, late=False):
    """Kill at `step`, look, continue, and compare."""
    killed = run(project, step)
    # Later runs find folders and objects that the first one made, and take fewer steps.
    assert killed.code == -9 or (late and killed.code == 0), (step, killed.stderr)
    assert "error" not in project.git("fsck", "--strict", "--no-dangling")
    assert project.git("status", "--porcelain") == ""
    for ref in project.git("for-each-ref", "--format=%(refname)", "refs/harness/runs").split():
        entry = json.loads(project.git("cat-file", "blob", f"{ref}:attempt.json"))
        assert entry["outcome"] in ("failed", "complete")
    done = project.phase("work")
    assert done.code == 0, (step, done.stdout, done.stderr)
    assert state(project) == undisturbed, step
    assert list((project.root / ".git/harness/open-seals").glob("*")) == []
    assert project.git("fsck", "--strict", "--no-dangling") == ""


def start_over(project):
    """Forget every run: the refs of the harness alone."""
    for ref in project.git("for-each-ref", "--format=%(refname)", "refs/harness", "refs/notes").split():
        project.git("update-ref", "-d", ref)
    project.git("branch", "-D", "harness/demo", check=False)


def steps_of(project, tmp_path):
    log = tmp_path / "steps"
    assert run(project, 0, log).code == 0
    return int(log.read_text())


def test_killed_at_steps_all_through_a_phase(ready, tmp_path):
    total = steps_of(ready, tmp_path)
    undisturbed = state(ready)
    assert total > 40
    for step in [1, *range(7, total, total // 4), total - 12]:
        start_over(ready)
        check_point(ready, step, undisturbed, late=step > total * 0.7)


@pytest.mark.slow
def test_killed_at_every_single_step(ready, tmp_path):
    total = steps_of(ready, tmp_path)
    undisturbed = state(ready)
    for step in range(1, total + 1):
        start_over(ready)
        check_point(ready, step, undisturbed, late=step > total * 0.7)


def test_a_seal_left_open_is_finished_by_the_next_command(ready):
    ready.plan(PHASE.replace('tests = "none"\n', ""))
    ready.phase("work")
    refs = ("harness/demo", "refs/notes/harness/ci", "refs/notes/harness/pytest")
    whole = {ref: ready.git("ls-tree", "-r", ref) for ref in refs}
    tip, entry = ready.rev("harness/demo"), ready.rev("refs/harness/runs/demo/work")
    # As a kill between the two transactions leaves it: the ledger has moved, branch and notes have not.
    old = json.loads(ready.git("cat-file", "blob", f"{entry}:seal.json"))["branch"]["old"]
    assert old is None
    ready.git("update-ref", "-d", "refs/heads/harness/demo")
    for ref in refs[1:]:
        ready.git("update-ref", ref, ready.rev(f"{ref}^"))
    ready.write(".git/harness/open-seals/demo%2Fwork", entry + "\n")
    status = ready.harness("status", "--json").json
    assert status["phases"][0]["state"] == "complete"
    assert ready.rev("harness/demo") == tip
    assert {ref: ready.git("ls-tree", "-r", ref) for ref in refs} == whole
    assert not (ready.root / ".git/harness/open-seals/demo%2Fwork").exists()


@pytest.fixture
def left_behind(ready, tmp_path):
    """The throwaway folder of a command that was killed, a day ago; `ready.temporary` is where it is."""
    ready.temporary = tmp_path / "temporary"
    ready.temporary.mkdir()
    ready.environment["TMPDIR"] = str(ready.temporary)
    extra = {"PYTHONPATH": str(FAULTS), "KILL_TARGET": "1"}
    for step in range(3, 60, 3):
        done = ready.harness("check", "replies/work-2.txt", **extra, KILL_AT_STEP=str(step))
        found = list(ready.temporary.glob("harness-*"))
        if found and any(found[0].iterdir()):
            assert done.code == -9
            os.utime(found[0], (0, 0))
            return found[0]
        for folder in found:
            folder.rmdir()
    raise AssertionError("no folder was left behind")


def test_what_a_killed_command_left_in_the_temporary_folder_goes(ready, left_behind):
    elsewhere = left_behind.with_name("elsewhere")
    elsewhere.mkdir()
    link = left_behind.with_name("harness-scratch-aaaaaaaa")
    link.symlink_to(elsewhere)
    shared = left_behind.with_name("harness-scratch-bbbbbbbb")
    shared.mkdir(mode=0o755)
    new = left_behind.with_name("harness-scratch-cccccccc")
    new.mkdir(mode=0o700)
    os.utime(shared, (0, 0))
    assert ready.harness("check", "replies/work-2.txt").code == 0
    assert not left_behind.exists()
    assert all(path.exists() for path in (elsewhere, link, shared, new))


def test_what_a_living_command_has_in_the_temporary_folder_stays(ready, left_behind):
    descriptor = os.open(left_behind, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert ready.harness("check", "replies/work-2.txt").code == 0
    assert left_behind.exists()
    assert ready.harness("gc", "--json").json["remnants"] == []
    os.close(descriptor)
    listed = ready.harness("gc", "--json").json["remnants"]
    assert [(one["kind"], one["place"], one["goes"]) for one in listed] == [
        ("scratch", str(left_behind), True)
    ]
    assert f"goes   scratch       {left_behind}: " in ready.harness("gc").stdout
    assert ready.harness("gc", "--run", "demo").stdout == "nothing was left behind\n"
    assert left_behind.exists()
    assert ready.harness("gc", "--apply", "--json").json["remnants"] == listed
    assert not left_behind.exists()
    assert ready.harness("gc").stdout == "nothing was left behind\n"


def test_what_a_command_killed_meanwhile_had_sealed_is_not_passed_over(project):
    """The ledger had it complete, and the branch went on without it for ever."""
    module = (
        'id = "{0}"\ngoal = "Add"\ndeliverables = ["src/textkit/{0}.py"]\nscope = ["**"]\ntests = "none"\n'
    )
    # As a kill between the two transactions leaves it: the ledger has moved, the branch has not.
    project.write(
        "beside.sh",
        f"""#!/bin/sh -e
echo 'value = 1' > src/textkit/b.py
cd {project.root}
old=$(git rev-parse harness/demo)
{sys.executable} -m harness run-phase a >/dev/null 2>&1
git update-ref refs/heads/harness/demo $old
mkdir -p .git/harness/open-seals
git rev-parse refs/harness/runs/demo/a > .git/harness/open-seals/demo%2Fa
""",
        0o755,
    )
    agent = '\n[agents.beside]\nkind = "command"\ncommand = ["./beside.sh"]\nedits = "worktree"\n'
    config = (project.root / "harness.toml").read_text()
    project.write("harness.toml", f'{config}{agent}\n[containment]\nmode = "off"\n')
    project.plan(*map(module.format, ("first", "a")), module.format("b") + 'agent = "beside"\n')
    for name in ("first", "a"):
        project.reply(name, 1, create(f"src/textkit/{name}.py", "value = 1\n"))
    project.commit(message="plan")
    assert project.phase("first").code == 0
    done = project.phase("b")
    assert done.code == 0, done.stdout
    there = project.git("ls-tree", "--name-only", "harness/demo", "src/textkit/").split()
    assert {f"src/textkit/{name}.py" for name in ("first", "a", "b")} <= set(there)
    assert project.harness("verify").code == 0
    assert not list((project.root / ".git/harness/open-seals").iterdir())


def test_a_fix_that_waited_for_a_killed_command_finishes_its_seal(project):
    """The fix came on top of the sealed entry, which then looked as if it had never been sealed."""
    project.plan(PHASE.replace("max_attempts = 2", "max_attempts = 1"))
    project.reply("work", 1, create("src/textkit/new.py", "value = 1\n"))
    project.commit(message="plan")
    assert project.phase("work").code == 0
    tip = project.rev("harness/demo")
    command = [sys.executable, "-m", "harness", "fix", "--phase", "work", "--", "git", "status"]
    with (project.root / ".git/harness/phases/demo/work.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        project.git("update-ref", "-d", "refs/heads/harness/demo")
        fix = subprocess.Popen(
            command, cwd=project.root, env=project.environment, stderr=subprocess.PIPE, text=True
        )
        assert "waiting for" in fix.stderr.readline()
        project.write(".git/harness/open-seals/demo%2Fwork", project.rev("refs/harness/runs/demo/work"))
    fix.communicate()
    assert fix.returncode == 0
    assert project.phase("work").code == 0
    assert project.rev("harness/demo") == tip
    assert project.harness("verify").code == 0
