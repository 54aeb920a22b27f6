"""A phase gives a fault the code that every other front end gives it."""

from __future__ import annotations

import json

import pytest
from guard.test_guard_front_ends import FAULTS, IN_CONTENTS, NO_PLAIN_FILES
from policy_cases_phases import phase_table, told
from policy_cases_project import new_project
from project import create
from python_environments import plain_python

POLICY = '[policy]\nprotected = ["pyproject.toml", ".github/"]\n'
AGENT = '\n[agents.recorded]\nkind = "recorded"\nreply = "replies/{phase}-{attempt}.txt"\n'
BASE = {
    "harness.toml": POLICY + AGENT,
    "pyproject.toml": "[project]\n",
    ".github/workflows/ci.yml": "on: push\n",
    "src/app.py": "print()\n",
}


@pytest.fixture(scope="session")
def repo(tmp_path_factory):
    """Every attempt on it is a dry run, so that none sees another."""
    project = new_project(tmp_path_factory.mktemp("front-ends"))
    project.commit(BASE, "begin")
    project.plan(phase_table(deliverables=["src/app.py"], scope=["**"]))
    return project


def by_phase(repo, reply: str) -> tuple[str, set[tuple[str, str]]]:
    response = repo.root.parent / "reply.txt"
    response.write_text(reply)
    result = repo.warm("run-phase", "w", "--dry-run", "--json", "--response", str(response))
    assert result.code == 3, result.stdout + result.stderr
    return result.json["outcome"], told(result.json["attempts"][0])


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*FAULTS, *IN_CONTENTS])
def test_a_phase_is_refused_with_the_same_code(repo, fault):
    path, content, code = (FAULTS | IN_CONTENTS)[fault]
    kind = "replace_file" if path in BASE else "create"
    operation = {"type": kind, "file_path": path, "content": content}
    outcome, found = by_phase(repo, json.dumps(operation) + "\n")
    assert outcome == "refused"
    assert {told_code for told_code, _ in found} == {code}


@pytest.mark.slow
@pytest.mark.parametrize("fault", NO_PLAIN_FILES)
def test_what_is_no_plain_file_is_refused_with_the_same_code(repo, fault):
    mode, path, code = NO_PLAIN_FILES[fault]
    blob = repo.git("hash-object", "-w", "--stdin", stdin="app.py").strip()
    oid = repo.rev("HEAD") if mode == "160000" else blob
    repo.git("read-tree", "HEAD")
    repo.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    patch = repo.git("diff", "--cached", "--binary", "--no-renames", "HEAD")
    repo.git("read-tree", "HEAD")
    assert by_phase(repo, patch) == ("refused", {(code, path)})


NEWER = """\
#!/bin/sh
"{python}" "$@" | sed 's/"version": "[0-9.]*"/"version": "3.99.0"/'
"""
GENERIC = "from typing import later syntax\n"


def test_syntax_is_judged_by_the_projects_python_whichever_command_asks(empty_project):
    """It has a grammar the harness doesn't know, so nobody says that a file doesn't parse."""
    project = empty_project
    agent = AGENT.replace("replies/", "../replies/")
    project.commit(
        {
            "harness.toml": '[tests]\npaths = ["tests"]\npython = ".venv/bin/python"\n' + agent,
            "tests/test_one.py": "def test_one():\n    pass\n",
            "src/generic.txt": GENERIC,
            ".gitignore": "/.venv/\n/plan.toml\n",
        },
        "begin",
    )
    phase = {"deliverables": ["src/new.py"], "scope": ["src/"]}
    project.plan(phase_table(**phase, tests=None), phase_table(id="untested", **phase))
    reply = create("src/new.py", GENERIC)
    fix = ("fix", "--json", "--", "cp", "src/generic.txt", "src/new.py")
    python = project.write(".venv/bin/python", f'#!/bin/sh\nexec "{plain_python()}" "$@"\n', 0o755)
    assert told(project.check(json.dumps(reply), "--phase", "w").json) == {("does-not-parse", "src/new.py")}
    assert told(project.harness(*fix).json["result"]) == {("does-not-parse", "src/new.py")}

    python.write_text(NEWER.format(python=plain_python()))
    assert project.check(json.dumps(reply), "--phase", "w").json["decision"] == "accepted"
    assert project.check(json.dumps(reply)).json["decision"] == "accepted"
    assert project.harness(*fix).json["result"]["outcome"] == "kept"
    untested = project.check(json.dumps(reply), "--phase", "untested").json
    assert told(untested) == {("does-not-parse", "src/new.py")}, "no Python is known of it"

    (project.root.parent / "reply.txt").write_text(json.dumps(reply))
    for name, outcome in (("w", "complete"), ("untested", "refused")):
        response = str(project.root.parent / "reply.txt")
        assert project.phase(name, "--dry-run", "--response", response).json["outcome"] == outcome
