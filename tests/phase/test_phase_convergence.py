"""Attempts add up, hear of all that was before, and end where asking again would come to the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from project import create

from harness.agents.model import Usage
from harness.phase.brief import BriefFacts, brief_document, prompt
from harness.phase.documents import (
    AttemptDocument,
    DeltaDocument,
    TestsDocument,
    TokensDocument,
    ViolationDocument,
)
from harness.phase.progress import MOST_REPEATS, fingerprint, held_back, no_progress, with_progress
from harness.plan import Phase

CONFIG = """\
tests = "none"

[agents.recorded]
kind = "recorded"
reply = "replies/{phase}-{attempt}.txt"
"""
LEDGER = "refs/harness/runs/demo"


def phase(name, *more, deliverables=None):
    paths = json.dumps(deliverables or [f"src/{name}.py"])
    return "\n".join([f'id = "{name}"', f'goal = "Make {name}"', f"deliverables = {paths}", *more])


@pytest.fixture
def run(empty_project):
    empty_project.commit({"harness.toml": CONFIG, "README.md": "x\n"}, "begin")

    def ready(*phases, config=""):
        if config:
            empty_project.write("harness.toml", CONFIG + config)
        empty_project.plan(*phases)
        return empty_project

    return ready


def robot(code, name="robot"):
    return f"\n[agents.{name}]\nkind = 'command'\ncommand = {json.dumps([sys.executable, '-c', code])}\n"


def brief(project, name="a", back=0):
    commit = f"{LEDGER}/{name}{'^' * back}"
    return json.loads(project.git("cat-file", "blob", f"{commit}:brief.json"))


def drain(project, *arguments):
    result = project.harness("drain", "--json", *arguments)
    return result, {row["phase"]: row for row in result.json["phases"]}


def test_deliverables_of_two_attempts_add_up(run):
    """Case 59."""
    paths = ["src/one.py", "src/two.py", "src/three.py"]
    project = run(phase("a", deliverables=paths))
    project.reply("a", 1, *(create(path, "X = 1\n") for path in paths[:2]))
    project.reply("a", 2, create(paths[2], "X = 1\n"))
    result = project.phase("a")
    assert [a["outcome"] for a in result.json["attempts"]] == ["failed", "complete"]
    names = project.git("ls-tree", "-r", "--name-only", result.json["commit"], "src/").split()
    assert names == sorted(paths)
    assert brief(project)["deliverables"] == {"missing": paths[2:], "present": paths[:2]}


def test_what_failed_on_a_dropped_run_goes_on_without_the_rest_of_it(run):
    """The second candidate has the first one's row of telemetry beneath it, which no phase may bring along."""
    project = run(phase("a", deliverables=["src/a.py", "src/b.py", "src/c.py"]))
    for number, name in enumerate("ab", start=1):
        project.reply("a", number, create(f"src/{name}.py", "X = 1\n"))
        assert project.phase("a").code == 1
    project.commit({"harness.toml": CONFIG + "\n# corrected since\n[budget]\ntokens = 9000\n"}, "went on")
    told = project.phase("a").stderr
    assert "merge it into harness/demo; or harness drop demo, to begin the run anew" in told
    assert project.harness("drop", "demo").code == 0
    project.reply("a", 3, create("src/c.py", "X = 1\n"))
    result = project.phase("a")
    assert result.code == 0, result.stderr
    names = project.git("diff", "--name-only", "HEAD", result.json["commit"]).split()
    assert names == ["src/a.py", "src/b.py", "src/c.py"]
    assert project.harness("verify", "--json").json["differences"] == []


def test_a_killed_process_loses_no_attempt_and_counts_none_twice(run):
    """Case 83: the phase goes on from what was sealed; what was under way leaves nothing."""
    code = "import os, sys, time; (os.environ['HARNESS_ATTEMPT'] == '2') and time.sleep(60); print('none')"
    project = run(phase("a", 'agent = "robot"'), config=robot(code))
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run-phase", "a", "--json"],
        cwd=project.root, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stderr:
        if "attempt 2: asking" in line:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.communicate()
    assert project.git("status", "--porcelain", "src") == ""
    project.reply("a", 2, create("src/a.py", "A = 1\n"))
    result = project.phase("a", "--agent", "recorded")
    assert (result.code, [a["number"] for a in result.json["attempts"]]) == (0, [2])
    rows = project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()
    assert [json.loads(row)["attempt"] for row in rows] == [1, 2]
    assert project.harness("verify", "--json").json["differences"] == []


def test_the_brief_has_the_lesson_of_every_attempt(run):
    project = run(phase("a", "max_attempts = 4"))
    project.reply("a", 1, create("elsewhere.py", "x = 1\n"))
    project.reply("a", 2, "nothing to be read\n")
    project.reply("a", 3, create("src/a.py", ""))
    project.reply("a", 4, create("src/a.py", "A = 1\n"))
    assert project.phase("a").code == 0
    told = brief(project)
    assert [(e["number"], e["outcome"]) for e in told["earlier"]] == [
        (1, "refused"), (2, "unusable"), (3, "failed"),
    ]  # fmt: skip
    assert "- attempt 1: refused (out-of-scope" in told["text"]
    assert "- attempt 2: unusable (" in told["text"]
    assert "- attempt 3: failed (deliverable-empty)\n" in told["text"]
    assert "## Attempt 3 ended as failed" in told["text"]


def test_a_candidate_that_comes_again_is_named(run):
    project = run(phase("a", "max_attempts = 3"))
    for number in (1, 2):
        project.reply("a", number, create("elsewhere.py", "x = 1\n"))
    project.reply("a", 3, create("src/a.py", "A = 1\n"))
    assert project.phase("a").code == 0
    assert brief(project)["same_candidate"] == 1
    assert "its files were exactly those of attempt 1: do something else" in brief(project)["text"]
    assert brief(project, back=1)["same_candidate"] is None


def test_a_conflict_is_told_with_the_paths_and_the_new_base(run):
    """Two phases change one line at once: the later one hears of it and starts from what landed."""
    code = (
        "import json, os, pathlib, time; phase, attempt = os.environ['HARNESS_PHASE_ID'], os.environ['HARNESS_ATTEMPT'];"
        "path = pathlib.Path('src/shared.py'); there = path.read_text();"
        "other = pathlib.Path(os.environ['MARKS']); (other / f'{phase}-{attempt}').touch();\n"
        "while attempt == '1' and not all((other / f'{name}-1').exists() for name in 'ab'): time.sleep(0.05)\n"
        "path.write_text(there.replace('X = 0', f'X = {ord(phase)}') if 'X = 0' in there else there + f'Y = {ord(phase)}\\n');"
        "pathlib.Path(f'src/{phase}.py').write_text('A = 1\\n')"
    )
    more = ('agent = "robot"', 'scope = ["src/"]')
    project = run(phase("a", *more), phase("b", *more))
    marks = project.root.parent / "marks"
    marks.mkdir()
    project.write(
        "harness.toml",
        CONFIG
        + robot(code)
        + f"edits = 'worktree'\nenv = {{ MARKS = '{marks}' }}\n\n[containment]\nmode = 'off'\n",
    )
    project.commit({"src/shared.py": "X = 0\n"}, "shared")
    result, rows = drain(project, "--jobs", "2")
    assert result.code == 0, result.stderr
    later = next(name for name in "ab" if rows[name]["attempts"] == 2)
    told = brief(project, later)
    [violation] = told["previous"]["violations"]
    assert (violation["code"], violation["path"]) == ("merge-conflict", "src/shared.py")
    assert told["base"][:10] in violation["message"]
    assert "src/shared.py" in violation["message"]
    assert "[merge-conflict]" in told["text"]


def test_three_attempts_that_fail_the_same_way_are_enough(run):
    """Case 87."""
    project = run(phase("a", 'agent = "robot"', "max_attempts = 9"), config=robot("print('no edits')"))
    result = project.phase("a")
    assert (result.code, result.json["outcome"]) == (4, "unusable")
    attempts = result.json["attempts"]
    assert [a["progress"]["repeats"] for a in attempts] == [1, 2, 3]
    [known] = {a["progress"]["fingerprint"] for a in attempts}
    assert (
        f"no-progress: 3 attempts in a row failed the same way (fingerprint {known})" in result.json["reason"]
    )
    recorded = json.loads(project.git("cat-file", "blob", f"{LEDGER}/a:attempt.json"))
    assert (recorded["outcome"], recorded["progress"]["fingerprint"]) == ("unusable", known)
    assert known in recorded["warnings"][-1]


def test_a_drain_leaves_alone_what_gets_no_further_until_something_changes(run):
    stuck = phase("a", 'agent = "robot"', "max_attempts = 5")
    project = run(stuck, phase("b"), config=robot("print('no edits')"))
    project.reply("b", 1, create("elsewhere.py", "x = 1\n"))
    _, rows = drain(project)
    assert (rows["a"]["attempts"], rows["b"]["attempts"]) == (3, 1)
    assert "no-progress" in rows["a"]["reason"]
    _, rows = drain(project)
    assert (rows["a"]["attempts"], rows["a"]["state"]) == (0, "unusable")
    assert "no-progress" in rows["a"]["reason"] and "harness run-phase a" in rows["a"]["reason"]
    # The plan's text of the phase is another.
    project.plan(stuck.replace("Make a", "Make a, please"), phase("b"))
    _, rows = drain(project)
    assert rows["a"]["attempts"] == 3
    # Other files to begin with.
    project.reply("b", 2, create("src/b.py", "B = 1\n"))
    _, rows = drain(project)
    assert (rows["a"]["attempts"], rows["b"]["state"]) == (3, "complete")
    # A person asks for it.
    assert len(project.phase("a").json["attempts"]) == 1
    assert len(project.phase("a", "--again").json["attempts"]) == 3


def test_what_is_stuck_comes_last(run):
    project = run(
        phase("a", 'agent = "robot"', "max_attempts = 5"), phase("b"), config=robot("print('no edits')")
    )
    drain(project)
    project.reply("b", 1, create("src/b.py", "B = 1\n"))
    result, _ = drain(project)
    begun = [line for line in result.stderr.splitlines() if line.startswith("[")]
    assert [line.split()[1] for line in begun] == ["b:", "a:"]


def made(number=1, outcome="failed", **more) -> AttemptDocument:
    values = {
        "tests": TestsDocument(status="failed", delta=DeltaDocument(newly_failing=("t.py::a",))),
        "violations": (ViolationDocument(code="test-failed", path="t.py", message=f"at line {number}"),),
        "tree": "a" * 40,
        "duration": float(number),
        "usage": Usage(output=number),
    }
    return AttemptDocument(
        number=number,
        outcome=outcome,
        tokens=TokensDocument(predicted=1, actual=2, budget=3),
        base="b" * 40,
        start="c" * 40,
        **{**values, **more},
    )


def test_messages_and_times_make_no_difference():
    assert fingerprint(made(1)) == fingerprint(made(2))


CHANGES = {
    "outcome": {"outcome": "refused"},
    "candidate": {"tree": "d" * 40},
    "code": {"violations": (ViolationDocument(code="test-removed", path="t.py", message="x"),)},
    "path": {"violations": (ViolationDocument(code="test-failed", path="u.py", message="x"),)},
    "tests": {"tests": TestsDocument(status="failed", delta=DeltaDocument(newly_failing=("t.py::b",)))},
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_failure_is_another(name):
    assert fingerprint(made()) != fingerprint(made(**CHANGES[name]))


def test_addresses_and_temporary_folders_make_none():
    def at(node):
        return made(tests=TestsDocument(status="failed", delta=DeltaDocument(newly_failing=(node,))))

    assert fingerprint(at("t.py::a[<X at 0x7f01>/tmp/ab1/x]")) == fingerprint(
        at("t.py::a[<X at 0x7f02>/tmp/zz/x]")
    )


def rows_of(*attempts, situation="s", diagnosis=None):
    history: list[AttemptDocument] = []
    for attempt in attempts:
        history.append(with_progress(attempt, history, situation, diagnosis))
    return history


def test_a_row_is_counted_past_an_escalation_and_broken_by_another_failure():
    escalated = made(2, "escalated", decided="failed")
    assert [a.progress and a.progress.repeats for a in rows_of(made(1), escalated, made(3), made(4))] == [
        1, None, 2, 3,
    ]  # fmt: skip
    other = made(2, tree="d" * 40)
    assert [a.progress.repeats for a in rows_of(made(1), other, made(3))] == [1, 1, 1]


def test_a_row_begins_anew_in_another_situation():
    history = rows_of(made(1), made(2))
    assert with_progress(made(3), history, "other").progress.repeats == 1
    assert with_progress(made(3), history, "s", "a hint").progress.repeats == 1
    assert with_progress(made(3), history, "s").progress.repeats == MOST_REPEATS


def test_it_is_held_back_in_the_same_situation_only():
    history = rows_of(made(1), made(2), made(3))
    assert no_progress(history[-1]) == held_back(history, "s") != ""
    assert held_back(history, "other") == held_back(history, "s", "a hint") == held_back([], "s") == ""
    assert held_back(history[:2], "s") == ""


PHASE = Phase(id="p", goal="Do it", deliverables=("src/a.py",))


def test_a_long_history_stays_one_line_each_and_is_cut():
    history = [made(number) for number in range(1, 200)]
    facts = BriefFacts("demo", 200, [], [], [], 1, previous=history[-1], history=history)
    assert "- 149 before these\n- attempt 150: failed (test-failed)\n" in prompt(PHASE, facts)
    assert len(json.loads(brief_document(PHASE, facts))["earlier"]) == 199
