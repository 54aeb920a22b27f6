"""Escalation: an attempt whose reply was cut gets a larger budget once a phase, and is no failure."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project import create

from harness.agents.model import Usage
from harness.phase.documents import AttemptDocument, TestsDocument, TokensDocument
from harness.phase.escalation import LARGEST, escalated, escalated_budget, escalation_of

CONFIG = """\
tests = "none"

[agents.recorded]
kind = "recorded"
reply = "replies/{phase}-{attempt}.txt"
"""
MEDIUM = 'category = "refactoring"\ncomplexity = "medium"'  # 8970 predicted, 12288 selected
LEDGER = "refs/harness/runs/demo/a"


@pytest.fixture
def run(empty_project):
    empty_project.commit({"harness.toml": CONFIG, "README.md": "x\n"}, "begin")

    def ready(*more, config=""):
        if config:
            empty_project.write("harness.toml", CONFIG + config)
        head = ['id = "a"', 'goal = "Make a and b"', 'deliverables = ["src/a.py", "src/b.py"]', MEDIUM]
        empty_project.plan("\n".join([*head, *more]))
        return empty_project

    return ready


def answer(project, number, *paths, text="", **usage):
    project.reply("a", number, *(create(path, f"{path[4].upper()} = {number}\n") for path in paths), text)
    if usage:
        project.write(f"replies/a-{number}.txt.usage.json", json.dumps(usage))


def cut(project, number, *paths, ceiling=16384, used=16384):
    answer(project, number, *paths, output=used, max_tokens=ceiling, stop_reason="max_tokens")


def brief(project, ref=LEDGER):
    return json.loads(project.git("cat-file", "blob", f"{ref}:brief.json"))


def test_a_cut_reply_escalates_and_the_next_attempt_completes(run):
    """Case 11: of equal bases the first named counts; the candidate of the cut attempt carries on."""
    project = run()
    cut(project, 1, "src/a.py")
    answer(project, 2, "src/b.py", output=900)
    result = project.phase("a")
    assert (result.code, result.json["outcome"]) == (0, "complete"), result.stderr
    first, second = result.json["attempts"]
    assert first["tokens"]["budget"] == 12288
    assert (first["outcome"], first["decided"]) == ("escalated", "failed")
    assert first["escalation"] == {
        "reason": "truncation", "base": 16384, "base_source": "actual_max_tokens", "factor": 1.25,
        "budget": 20480,
    }  # fmt: skip
    assert (second["outcome"], second["tokens"]["budget"], second["escalation"]) == ("complete", 20480, None)
    assert brief(project)["token_budget"] == 20480
    assert brief(project)["deliverables"] == {"missing": ["src/b.py"], "present": ["src/a.py"]}
    subjects = project.git("log", "--format=%s", LEDGER, "--first-parent")
    assert "demo/a attempt 1: escalated" in subjects
    verified = project.harness("verify", "--json")
    assert verified.json["differences"] == []
    log = [entry["outcome"] for entry in project.harness("log", "--json").json["entries"]]
    assert log == ["escalated", "complete"]


def test_it_doesnt_count_against_the_attempts(run):
    project = run("max_attempts = 2")
    cut(project, 1, "src/a.py")
    answer(project, 2, "elsewhere.py")
    answer(project, 3, "src/a.py", "src/b.py")
    result = project.phase("a")
    assert [a["outcome"] for a in result.json["attempts"]] == ["escalated", "refused", "complete"]
    assert [a["tokens"]["budget"] for a in result.json["attempts"]] == [12288, 20480, 20480]


def test_a_second_cut_reply_doesnt_escalate_again(run):
    project = run()
    for number in range(1, 6):
        cut(project, number, "src/a.py")
    result = project.phase("a")
    assert (result.code, result.json["outcome"]) == (1, "failed")
    assert [a["outcome"] == "escalated" for a in result.json["attempts"]] == [True, False, False, False]
    later = project.phase("a")
    assert all(a["outcome"] != "escalated" for a in later.json["attempts"])


def test_the_last_attempt_doesnt_escalate(run):
    project = run("max_attempts = 1")
    cut(project, 1, "src/a.py")
    result = project.phase("a")
    assert (result.code, [a["outcome"] for a in result.json["attempts"]]) == (1, ["failed"])


@pytest.mark.parametrize(
    ("used", "outcome"), [(8000, "failed"), (9499, "failed"), (9500, "escalated"), (10000, "escalated")]
)
def test_a_reply_that_used_its_ceiling_up_counts_as_cut(run, used, outcome):
    project = run()
    answer(project, 1, "src/a.py", output=used, max_tokens=10000)
    answer(project, 2, "src/b.py")
    first = project.phase("a").json["attempts"][0]
    assert first["outcome"] == outcome
    assert (first["escalation"] or {}).get("reason") == ("utilization" if outcome == "escalated" else None)
    assert (first["escalation"] or {"base": 12288})["base"] == 12288


def test_a_complete_attempt_never_escalates(run):
    project = run()
    cut(project, 1, "src/a.py", "src/b.py")
    result = project.phase("a")
    assert [a["outcome"] for a in result.json["attempts"]] == ["complete"]
    assert result.json["attempts"][0]["escalation"] is None


def test_the_models_own_limit_holds(run):
    project = run()
    project.write("harness.toml", CONFIG + "max_output_tokens = 18000\n")
    cut(project, 1, "src/a.py")
    answer(project, 2, "src/b.py")
    first, second = project.phase("a").json["attempts"]
    assert (first["escalation"]["budget"], second["tokens"]["budget"]) == (18000, 18000)
    project.write("harness.toml", CONFIG + "max_output_tokens = 4000\n")
    assert project.phase("a", "--again").json["reason"].startswith("no reply")
    answer(project, 3, "elsewhere.py")
    assert project.phase("a", "--again").json["attempts"][0]["tokens"]["budget"] == 4000


def test_an_agent_that_fails_at_its_ceiling_is_escalated_too(run):
    code = "import json, os, sys; json.dump({'output': 9, 'stop_reason': 'max_tokens'}, open(os.environ['HARNESS_USAGE'], 'w')); sys.exit(3)"
    project = run(
        'agent = "robot"',
        config=f"\n[agents.robot]\nkind = 'command'\ncommand = {json.dumps([sys.executable, '-c', code])}\n",
    )
    attempts = project.phase("a").json["attempts"]
    assert [a["outcome"] for a in attempts] == ["escalated", "unusable", "unusable", "unusable"]
    assert [a["tokens"]["budget"] for a in attempts] == [12288, 15360, 15360, 15360]
    assert project.harness("verify", "--json").json["differences"] == []


def test_after_a_kill_the_next_process_goes_on_with_the_recorded_budget(run):
    project = run()
    cut(project, 1, "src/a.py")
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run-phase", "a", "--json", "--response", "replies/a-1.txt"],
        cwd=project.root, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stderr:
        if "attempt 1: escalated" in line:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    status = project.harness("status", "--json").json["phases"][0]
    assert (status["state"], status["attempts"]) == ("failed", 1)
    answer(project, 2, "src/b.py")
    result = project.phase("a")
    assert [(a["number"], a["tokens"]["budget"]) for a in result.json["attempts"]] == [(2, 20480)]
    assert result.code == 0


def test_an_escalated_attempt_that_is_the_last_leaves_the_phase_one_of_the_five(run):
    project = run()
    cut(project, 1, "src/a.py")
    result = project.phase("a")
    assert (result.code, result.json["outcome"]) == (1, "failed")
    assert [a["outcome"] for a in result.json["attempts"]] == ["escalated"]
    assert project.phase("a").json["outcome"] == "failed"


def test_a_forged_escalation_is_found(run):
    project = run()
    cut(project, 1, "src/a.py")
    project.phase("a")
    attempt = json.loads(project.git("cat-file", "blob", f"{LEDGER}:attempt.json"))
    attempt["escalation"]["base"] = 20000
    blob = project.git("hash-object", "-w", "--stdin", stdin=json.dumps(attempt)).strip()
    listed = project.git("ls-tree", LEDGER).splitlines()
    kept = [line for line in listed if not line.endswith("\tattempt.json")]
    tree = project.git("mktree", stdin="\n".join([*kept, f"100644 blob {blob}\tattempt.json", ""])).strip()
    parents = project.git("log", "-1", "--format=%P", LEDGER).split()
    commit = project.git(
        "commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), "-m", "x"
    )
    project.git("update-ref", LEDGER, commit.strip())
    found = project.harness("verify", "--json").json["differences"]
    assert "outcome-differs" in {difference["code"] for difference in found}


def made(budget=12288, ceiling=None, used=None, *, truncated=True, outcome="failed") -> AttemptDocument:
    return AttemptDocument(
        number=1,
        outcome=outcome,
        tests=TestsDocument(status="none"),
        tokens=TokensDocument(predicted=1, actual=used, budget=budget),
        usage=Usage(output=used, max_tokens=ceiling),
        truncated=truncated,
        base="b" * 40,
        start="b" * 40,
    )


@pytest.mark.parametrize(
    ("budget", "ceiling", "used", "expected"),
    [
        (12288, None, 16707, (16707, "tokens_used", 20883)),
        (12288, 16384, 18018, (18018, "tokens_used", 22522)),
        (12288, None, None, (12288, "selected_budget", 15360)),
        (12288, 16384, 16384, (16384, "actual_max_tokens", 20480)),
        (16384, 16384, 16384, (16384, "selected_budget", 20480)),
        (60000, None, None, (60000, "selected_budget", 64000)),
        (12288, None, 200000, (200000, "tokens_used", 64000)),
    ],
)
def test_the_base_is_the_largest_of_three(budget, ceiling, used, expected):
    found = escalation_of(made(budget, ceiling, used))
    assert (found.base, found.base_source, found.budget) == expected


@pytest.mark.parametrize("outcome", ["complete", "blocked"])
def test_what_no_budget_would_help_is_left_as_it_is(outcome):
    assert escalated(made(outcome=outcome)).outcome == outcome


def test_without_anything_left_there_is_none():
    assert escalated(made(), left=0).outcome == "failed"
    assert escalated(made(), left=13000).escalation.budget == 13000


counts = st.integers(0, 2**53)


@settings(max_examples=50, deadline=None)
@given(
    budget=st.integers(1, 2**53), ceiling=counts | st.none(), used=counts | st.none(), most=counts | st.none()
)
def test_a_retry_is_never_given_more_than_the_limits(budget, ceiling, used, most):
    found = escalated(made(budget, ceiling, used), most)
    assert found.escalation.budget <= min(LARGEST, most if most is not None else LARGEST)
    assert found.escalation.base == max(budget, ceiling or 0, used or 0)
    assert escalated_budget([found]) == found.escalation.budget
