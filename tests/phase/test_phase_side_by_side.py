"""Commands at the same time on one repository: they take turns, and nothing is done twice or lost."""

import json
import subprocess
import sys

from project import create

PHASE = 'id = "{0}"\ngoal = "Add {0}"\ndeliverables = ["src/textkit/{0}.py"]\ntests = "none"\n'


def start(project, phase):
    return subprocess.Popen(
        [sys.executable, "-m", "harness", "run-phase", phase, "--json"],
        cwd=project.root,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_phases_of_one_run_and_a_phase_twice_at_once(project):
    names = ("a", "b", "c")
    project.plan(*(PHASE.format(name) for name in names))
    for name in names:
        project.reply(name, 1, create(f"src/textkit/{name}.py", "value = 1\n"))
    project.commit(message="plan")
    running = [start(project, name) for name in (*names, *names)]
    documents = []
    for process in running:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        documents.append(json.loads(output))
    assert {d["outcome"] for d in documents} == {"complete"}
    for name in names:
        first, second = (d for d in documents if d["phase"] == name)
        assert first["commit"] == second["commit"]
        assert [a["number"] for a in first["attempts"]] == [1]
    subjects = project.git("log", "--format=%s", "main..harness/demo").splitlines()
    assert sorted(s for s in subjects if not s.startswith("telemetry")) == [
        "a: Add a",
        "b: Add b",
        "c: Add c",
    ]
    rows = project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()
    assert sorted(json.loads(row)["phase_id"] for row in rows) == ["a", "b", "c"]
    assert project.git("fsck", "--strict", "--no-dangling") == ""
