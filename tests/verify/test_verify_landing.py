"""Phases that landed on top of what others landed meanwhile, and ledgers joined from two machines."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from verify_project import Plumbing

from harness.git.opening import open_repository
from harness.verify.run import VerifyOptions, verify

LINES = "".join(f"line {n}\n" for n in range(20))
AGENT = """\
import pathlib, sys, time
here = pathlib.Path(sys.argv[1])
(here / "asked").touch()
deadline = time.monotonic() + 100
while not (here / "go").exists() and time.monotonic() < deadline:
    time.sleep(0.05)
file = pathlib.Path("lines.txt")
file.write_text(file.read_text().replace("line 15\\n", "line fifteen\\n"))
"""


def changing(old: str, new: str) -> dict:
    change = {"type": "replace", "old_text": old, "new_text": new}
    return {"type": "modify", "file_path": "lines.txt", "operations": [change]}


@pytest.fixture
def overtaken(empty_project, tmp_path):
    """The phase `slow`, whose agent is still at work while `fast` lands with this reply."""
    project, meeting = empty_project, tmp_path / "meeting"
    meeting.mkdir()
    argv = json.dumps([sys.executable, "agent.py", str(meeting)])
    config = (
        f"tests = 'none'\n[containment]\nmode = 'off'\n[agents.slow]\nkind = 'command'\nedits = 'worktree'\n"
        f"command = {argv}\n[agents.fast]\nkind = 'recorded'\nreply = 'replies/{{phase}}-{{attempt}}.txt'\n"
    )

    def run(operation):
        phases = [f'id = "{n}"\ngoal = "x"\nagent = "{n}"\nmax_attempts = 1\ndeliverables = ["lines.txt"]' for n in ("slow", "fast")]  # fmt: skip
        project.plan(*phases)
        project.reply("fast", 1, operation)
        project.commit({"harness.toml": config, "agent.py": AGENT, "lines.txt": LINES}, "begin")
        slow = subprocess.Popen(
            [sys.executable, "-m", "harness", "run-phase", "slow", "--json"],
            cwd=project.root, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        deadline = time.monotonic() + 100
        while not (meeting / "asked").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert project.phase("fast").code == 0
        (meeting / "go").touch()
        return json.loads(slow.communicate(timeout=200)[0])

    return run


def found(project):
    document = verify(open_repository(project.root), VerifyOptions("demo"))
    return {(d.code, d.phase) for d in document.differences}


def test_a_merged_candidate_is_merged_again(empty_project, overtaken):
    assert overtaken(changing("line 2\n", "line two\n"))["outcome"] == "complete"
    text = empty_project.git("show", "harness/demo:lines.txt")
    assert "line two\n" in text and "line fifteen\n" in text
    assert found(empty_project) == set()
    Plumbing(empty_project).edit(
        "slow", 1, "edits.patch", lambda text: text.replace("+line fifteen", "+line 155555")
    )
    assert ("candidate-differs", "slow") in found(empty_project)


def test_a_conflict_follows_from_the_record_too(empty_project, overtaken):
    document = overtaken(changing("line 15\n", "line XV\n"))
    assert [v["code"] for v in document["attempts"][0]["violations"]] == ["merge-conflict"]
    assert found(empty_project) == set()


def test_a_ledger_joined_from_two_machines_verifies(tampered):
    """What `sync` makes of two attempts of the same number: one chain, each entry as it was."""
    first = tampered.entry("odd", 1)
    again = tampered.rewritten(first, lambda text: text + "\nmade elsewhere\n")
    parent = tampered.git("rev-parse", f"{first}^1").strip()
    on_top = tampered.rewritten(again, lambda text: text.replace(parent, first, 1))
    tampered.git("update-ref", tampered.ledger("odd"), on_top)
    assert found(tampered.project) == set()


def test_what_an_older_version_began_with_after_a_drop_is_no_difference(empty_project):
    """It took the dropped branch along, the row of telemetry included, and was refused for that."""
    project = empty_project
    project.commit({"harness.toml": "tests = 'none'\n[agents.recorded]\nkind = 'recorded'\nreply = 'replies/{attempt}.txt'\n"})  # fmt: skip
    project.plan('id = "a"\ngoal = "x"\ndeliverables = ["a.txt", "b.txt", "c.txt"]')
    for attempt, name in enumerate("ab", start=1):
        created = {"type": "create", "file_path": f"{name}.txt", "content": "x\n"}
        project.write(f"replies/{attempt}.txt", json.dumps(created))
        assert project.phase("a").code == 1
    assert project.harness("drop", "demo").code == 0
    base = project.commit({"README.md": "y\n"}, "went on")
    project.write("replies/3.txt", "I would rather not.\n")
    assert project.phase("a").code == 4
    plumbing = Plumbing(project)
    second = plumbing.document("a", 2)["commit"]
    whole = project.git("merge-tree", "--write-tree", base, second).strip()
    plumbing.edit_document("a", 3, start=whole)
    assert "telemetry" in project.git("ls-tree", "--name-only", whole)
    document = verify(open_repository(project.root), VerifyOptions("demo"))
    assert document.differences == ()
