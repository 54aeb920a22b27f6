"""What a run may cost: what a drain reserves, what it says it used, and what a used-up budget holds up."""

import json
import subprocess
import sys

import pytest
from project import create
from python_environments import plain_python

from harness.git.locks import hold, phase_lock, run_lock

CONFIG = """\
tests = "none"

[containment]
mode = "off"

[agents.recorded]
kind = "recorded"
reply = "replies/{phase}-{attempt}.txt"
"""


def phase(name, *more):
    return "\n".join([f'id = "{name}"', f'goal = "Make {name}"', f'deliverables = ["src/{name}.py"]', *more])


def test_the_money_of_a_run_holds_for_diagnoses_too(empty_project, tmp_path):
    """A diagnosis was asked for though all of run_cost was spent."""
    asked = tmp_path / "doctor-was-asked"
    config = CONFIG + (
        f'[agents.doctor]\nkind = "command"\ncommand = ["touch", "{asked}"]\n'
        '[diagnosis]\nagent = "doctor"\nafter = 2\n[budget]\nrun_cost = 0.2\n'
    )
    empty_project.commit({"harness.toml": config}, "begin")
    empty_project.plan(phase("a", "max_attempts = 2"))
    for number in (1, 2):
        empty_project.reply("a", number, create(f"elsewhere-{number}.py", "X = 1\n"))
        empty_project.write(f"replies/a-{number}.txt.usage.json", '{"output": 100, "cost": 0.15}')
    done = empty_project.harness("drain", "--json")
    assert (done.code, done.json["phases"][0]["attempts"]) == (1, 2)
    assert "no diagnosis: 0.30 is spent of 0.20 for the run" in done.stderr
    assert not asked.exists()


@pytest.mark.slow
def test_what_was_approved_lands_although_the_tokens_of_the_run_are_used_up(empty_project):
    """Nobody is asked for it; and what waits for a person says so, whatever the drain stopped for."""
    config = CONFIG.replace('tests = "none"', f'[tests]\npython = "{plain_python()}"')
    files = {"harness.toml": config, "tests/test_x.py": "def test_x():\n    assert True\n"}
    empty_project.commit(files, "begin")
    scope = 'scope = ["src/", "tests/"]'
    empty_project.plan(phase("a", "budget = 1000"), phase("b", "budget = 1000", scope))
    empty_project.write("harness.toml", config + "\n[budget]\nrun_tokens = 1500\n")
    gone = {"type": "delete", "file_path": "tests/test_x.py"}
    other = create("tests/test_y.py", "def test_y():\n    assert True\n")
    empty_project.reply("b", 1, create("src/b.py", "X = 1\n"), gone, other)
    empty_project.write("replies/b-1.txt.usage.json", '{"output": 900, "cost": 1.5}')
    empty_project.harness("drain")
    waits = empty_project.harness("drain", "--json").json
    assert (waits["stop_reason"], waits["cost"]) == ("budget", None)
    assert "harness approve b" in waits["phases"][1]["reason"]
    assert empty_project.harness("approve", "b", "--reason", "meant so").code == 0
    document = empty_project.harness("drain", "--json").json
    assert document["stop_reason"] == "budget"
    assert [row["state"] for row in document["phases"]] == ["waiting", "complete"]


def test_the_cost_of_a_drain_is_what_its_own_attempts_cost(empty_project):
    empty_project.commit({"harness.toml": CONFIG}, "begin")
    empty_project.plan(phase("a"), phase("b"))
    for name in "ab":
        empty_project.reply(name, 1, create(f"src/{name}.py", "X = 1\n"))
        empty_project.write(f"replies/{name}-1.txt.usage.json", '{"output": 900, "cost": 1.5}')
    empty_project.write("harness.toml", CONFIG + "\n[budget]\nrun_cost = 2\nattempt_cost = 1\n")
    first = empty_project.harness("drain", "--json").json
    assert (first["stop_reason"], first["tokens"], first["cost"]) == ("budget", 900, 1.5)
    assert [row["state"] for row in first["phases"]] == ["complete", "waiting"]
    assert first["phases"][1]["reason"].startswith("waits for the budget: 1.50 is spent of 2.00")
    status = empty_project.harness("status", "--json").json["phases"][1]
    assert (status["state"], status["reason"]) == ("waiting", first["phases"][1]["reason"])
    assert "1.50 is spent of 2.00" in first["reason"]
    assert "an attempt may take 1.00" in first["reason"]
    second = empty_project.harness("drain", "--json").json
    assert (second["stop_reason"], second["tokens"], second["cost"]) == ("budget", 0, None)


def test_a_limit_on_cost_that_is_not_held_is_among_the_warnings(empty_project):
    empty_project.commit({"harness.toml": CONFIG + "\n[budget]\nrun_cost = 2\n"}, "begin")
    empty_project.plan(phase("a"))
    empty_project.reply("a", 1, create("src/a.py", "X = 1\n"))
    document = empty_project.harness("drain", "--json").json
    assert "the limit on cost can't be enforced" in " ".join(document["phases"][0]["warnings"])


# Waits until it is let go on, and leaves a worktree that takes a while to clear away.
WAITS = """\
import json, os, pathlib, sys, time
here = pathlib.Path(sys.argv[1])
(here / "asked").touch()
limit = time.monotonic() + 60
while not (here / "go-on").exists() and time.monotonic() < limit:
    time.sleep(0.02)
for folder in ("src", "ignored"):
    pathlib.Path(folder).mkdir()
for number in range(2000):
    pathlib.Path(f"ignored/{number}").touch()
pathlib.Path("src/a.py").write_text("X = 1\\n")
pathlib.Path(os.environ["HARNESS_USAGE"]).write_text(json.dumps({"output": 60}))
"""


def test_what_has_landed_is_reserved_no_more(empty_project, tmp_path):
    """Whoever took the run's lock next saw what was reserved beside what was used of it, and was denied."""
    command = json.dumps([sys.executable, "waits.py", str(tmp_path)])
    agent = f'[agents.waits]\nkind = "command"\nedits = "worktree"\ncommand = {command}\n'
    config = CONFIG + "[budget]\nrun_tokens = 230\nattempt_tokens = 100\n" + agent
    empty_project.commit({"harness.toml": config, "waits.py": WAITS, ".gitignore": "ignored/\n"}, "begin")
    empty_project.plan(phase("a", 'agent = "waits"'))
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run-phase", "a"],
        cwd=empty_project.root, env=empty_project.environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert any("asking" in line for line in process.stderr)
    git_dir = empty_project.root / ".git"
    with hold(run_lock(git_dir, "demo")):
        reserved = json.loads(phase_lock(git_dir, "demo", "a").read_text())
        (tmp_path / "go-on").touch()
        assert any("waiting for" in line for line in process.stderr)
    has_landed = False
    while not has_landed and process.poll() is None:
        with hold(run_lock(git_dir, "demo")):
            has_landed = (git_dir / "refs/harness/runs/demo/a").exists()
            after = json.loads(phase_lock(git_dir, "demo", "a").read_text())
    process.communicate(timeout=60)
    assert (process.returncode, reserved["tokens"], after["tokens"]) == (0, 100, 0)
