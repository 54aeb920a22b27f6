"""Budgets of an attempt, a phase and a run: reserved before, settled after, and never unlimited by 0."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project import create

from harness.phase.budgets import Budget, Denied, Grant, Limits, Spent, grant

CONFIG = """\
tests = "none"

[agents.recorded]
kind = "recorded"
reply = "replies/{phase}-{attempt}.txt"
"""


def phase(name, *more):
    return "\n".join([f'id = "{name}"', f'goal = "Make {name}"', f'deliverables = ["src/{name}.py"]', *more])


@pytest.fixture
def run(empty_project):
    empty_project.commit({"harness.toml": CONFIG, "README.md": "x\n"}, "begin")

    def ready(*phases, budget="", config=""):
        empty_project.write("harness.toml", f"{CONFIG}{config}\n[budget]\n{budget}\n")
        empty_project.plan(*phases)
        return empty_project

    return ready


def fails(project, name, number, **usage):
    project.reply(name, number, create(f"elsewhere-{number}.py", "x = 1\n"))
    if usage:
        project.write(f"replies/{name}-{number}.txt.usage.json", json.dumps(usage))


def succeeds(project, name, number, **usage):
    project.reply(name, number, create(f"src/{name}.py", "A = 1\n"))
    if usage:
        project.write(f"replies/{name}-{number}.txt.usage.json", json.dumps(usage))


def numbers(result):
    return [attempt["number"] for attempt in result.json["attempts"]]


KEYS = [f"{what}{kind}" for what in ("attempt_", "", "run_") for kind in ("tokens", "cost", "seconds")]


@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan", "true", '"5"', '""'])
@pytest.mark.parametrize("key", KEYS)
def test_what_is_no_limit_is_an_error(run, key, value):
    project = run(phase("a"), budget=f"{key} = {value}")
    succeeds(project, "a", 1)
    result = project.phase("a")
    assert (result.code, result.json["code"]) == (2, "invalid-config")
    assert f"budget.{key}" in result.json["message"]


@pytest.mark.parametrize("key", ["budget", "budget_cost", "budget_seconds", "timeout"])
@pytest.mark.parametrize("value", ["0", "-1"])
def test_neither_is_it_one_of_a_phase(run, key, value):
    project = run(phase("a", f"{key} = {value}"))
    assert project.phase("a").code == 2


def test_an_attempt_is_given_no_more_than_its_limit(run):
    project = run(phase("a"), budget="attempt_tokens = 700")
    succeeds(project, "a", 1, output=100)
    [attempt] = project.phase("a").json["attempts"]
    assert attempt["tokens"]["budget"] == 700


def test_a_phase_hands_out_what_it_has_left_and_then_ends(run):
    project = run(phase("a", "budget = 1000"), budget="attempt_tokens = 700")
    for number in (1, 2, 3):
        fails(project, "a", number, output=600)
    result = project.phase("a")
    assert [a["tokens"]["budget"] for a in result.json["attempts"]] == [700, 400]
    assert (result.code, result.json["outcome"]) == (3, "refused")
    assert "budget: 1200 of 1000 tokens of the phase are used" in result.json["reason"]
    succeeds(project, "a", 3)
    assert project.phase("a").code == 0


def test_unreported_tokens_count_as_what_was_given(run):
    project = run(phase("a", "budget = 1000"), budget="attempt_tokens = 500")
    for number in (1, 2, 3):
        fails(project, "a", number)
    result = project.phase("a")
    assert numbers(result) == [1, 2]
    warned = [w for w in result.json["attempts"][0]["warnings"] if "tokens" in w]
    assert warned == ["its use of tokens is unknown, and counts as the 500 it was given"]


def test_without_a_budget_nothing_is_said_of_unreported_use(run):
    project = run(phase("a"))
    succeeds(project, "a", 1)
    assert project.phase("a").json["attempts"][0]["warnings"] == []


def test_the_runs_tokens_hold_for_every_attempt_of_every_phase(run):
    project = run(phase("a"), phase("b"), budget="run_tokens = 1500\nattempt_tokens = 500")
    fails(project, "a", 1, output=450)
    fails(project, "a", 2)
    fails(project, "a", 3, output=1)
    result = project.phase("a")
    assert numbers(result) == [1, 2, 3]
    fails(project, "b", 1, output=49)
    fails(project, "b", 2, output=1)
    result = project.phase("b")
    assert (numbers(result), result.json["outcome"]) == ([1, 2], "refused")
    assert "1001 tokens of the run are used or reserved" in result.json["reason"]
    result = project.phase("b")
    assert (result.code, result.json["outcome"], numbers(result)) == (5, "blocked", [])
    assert "1001 tokens of the run are used or reserved, this attempt may take 500" in result.json["reason"]


def test_money_is_reserved_and_settled(run):
    project = run(phase("a", "budget_cost = 2.5"), budget="attempt_cost = 1.0")
    for number in (1, 2, 3):
        fails(project, "a", number, output=100, cost=0.8)
    result = project.phase("a")
    assert numbers(result) == [1, 2]
    assert "1.60 is spent of 2.50 for the phase, and an attempt may take 1.00" in result.json["reason"]


def test_an_unreported_cost_counts_as_what_was_reserved(run):
    project = run(phase("a"), budget="cost = 2\nattempt_cost = 1")
    for number in (1, 2, 3):
        fails(project, "a", number, output=100)
    result = project.phase("a")
    assert numbers(result) == [1, 2]
    assert (
        "its cost is unknown, and counts as the 1.00 reserved for it"
        in result.json["attempts"][0]["warnings"]
    )


def test_a_cost_that_nobody_reports_cant_be_enforced_and_that_is_said_once(run):
    project = run(phase("a"), budget="cost = 0.01")
    for number in (1, 2, 3):
        fails(project, "a", number, output=100)
    result = project.phase("a")
    assert numbers(result) == [1, 2, 3]
    told = [line for line in result.stderr.splitlines() if "can't be enforced" in line]
    assert len(told) == 1
    assert [w for w in result.json["warnings"] if "can't be enforced" in w] == [
        told[0].removeprefix("warning: ")
    ]


def test_an_attempt_that_cost_more_than_it_may_says_so(run):
    project = run(phase("a"), budget="attempt_cost = 1")
    succeeds(project, "a", 1, output=100, cost=3)
    [attempt] = project.phase("a").json["attempts"]
    assert "it cost 3.00, more than the 1.00 of [budget] attempt_cost" in attempt["warnings"]


SLOW = f"""
[agents.slow]
kind = "command"
command = ["{sys.executable}", "-c", "import time; time.sleep(60)"]
timeout = 300
"""


@pytest.mark.parametrize("budget", ["attempt_seconds = 1", "seconds = 1"])
def test_an_agents_time_is_cut_to_what_is_left(run, budget):
    project = run(phase("a", 'agent = "slow"', "max_attempts = 1"), budget=budget, config=SLOW)
    result = project.phase("a")
    [attempt] = result.json["attempts"]
    assert (result.code, attempt["stop_reason"]) == (4, "timeout")
    assert attempt["duration"] < 30


def test_once_its_time_is_over_a_phase_ends(run):
    project = run(phase("a", 'agent = "slow"', "budget_seconds = 1"), config=SLOW)
    result = project.phase("a")
    assert numbers(result) == [1]
    assert "of 1 s for the phase" in result.json["reason"]


def test_a_drain_hands_its_time_down(run):
    project = run(phase("a", 'agent = "slow"'), phase("b"), budget="run_seconds = 3", config=SLOW)
    succeeds(project, "b", 1)
    result = project.harness("drain", "--json")
    rows = {row["phase"]: row for row in result.json["phases"]}
    assert (rows["a"]["attempts"], result.json["stop_reason"]) == (1, "budget")
    assert "s are over of 3 s" in result.json["reason"]


def test_phases_side_by_side_reserve_together(run):
    """Each fits alone, all of them don't: no more begin than the run can pay for."""
    code = "import time, json, os; json.dump({'output': 400}, open(os.environ['HARNESS_USAGE'], 'w')); time.sleep(2); print('{}')"
    quick = f"\n[agents.quick]\nkind = 'command'\ncommand = {json.dumps([sys.executable, '-c', code])}\n"
    names = "abcd"
    project = run(
        *(phase(name, 'agent = "quick"', "max_attempts = 3") for name in names),
        budget="run_tokens = 1000\nattempt_tokens = 500",
        config=quick,
    )
    result = project.harness("drain", "--jobs", "4", "--json")
    assert result.json["stop_reason"] == "budget"
    used = sum(row["tokens"] for row in result.json["phases"])
    assert 400 <= used <= 1000


limits = st.integers(1, 1000) | st.none()


@settings(max_examples=100, deadline=None)
@given(
    attempt=limits,
    phase_limit=limits,
    run_limit=limits,
    wanted=st.integers(1, 1000),
    used=st.lists(st.integers(0, 300), max_size=20),
)
def test_no_row_of_attempts_passes_a_limit_by_more_than_its_agents_do(
    attempt, phase_limit, run_limit, wanted, used
):
    """Agents that keep to what they are given keep every limit."""
    budget = Budget(Limits(attempt), Limits(phase_limit), Limits(run_limit))
    spent = 0
    for tokens in used:
        granted = grant(budget, wanted, Spent(spent), Spent(spent))
        if isinstance(granted, Denied):
            assert granted.why
            break
        assert isinstance(granted, Grant)
        assert 0 < granted.tokens <= wanted
        spent += min(tokens, granted.tokens)
        assert spent <= min(limit for limit in (phase_limit, run_limit, 10**9) if limit is not None)
