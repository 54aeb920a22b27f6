"""Judging what an agent made: policy and deliverables first, then, if they allow it, the tests."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

from harness.agents.model import AgentReply
from harness.candidate import Candidate, NotBuilt, problem_violation
from harness.checks.baseline_document import BASELINE_FILE, encode_baseline
from harness.git.own_commits import own_commits
from harness.phase.approval import approved_codes
from harness.phase.evidence import agent_trailer, commit_message
from harness.phase.finalizer import AttemptFacts, TestFacts, worth_testing
from harness.phase.strength import judge_strength, phase_places, with_base_tests
from harness.phase.task import Attempt
from harness.phase.testing import test_candidate
from harness.verdict import judge_candidate

RERUNS_FILE = "reruns.json"


@dataclass(frozen=True, slots=True)
class Findings:
    """The facts to decide on, the candidate's commit if it got that far, and what its tests said."""

    facts: AttemptFacts
    commit: str | None = None
    tests: TestFacts | None = None


def judge_attempt(attempt: Attempt, reply: AgentReply, built: Candidate | NotBuilt) -> Findings:
    """Everything the finalizer needs to know about an attempt."""
    if isinstance(built, NotBuilt):
        problems = [problem_violation(problem) for problem in built.problems]
        return Findings(AttemptFacts("refused" if built.refused else "unusable", problems=problems))
    task, phase = attempt.task, attempt.task.phase
    judged = judge_candidate(
        task.user,
        attempt.workspace.private,
        task.base_tree,
        built,
        task.rules,
        phase.deliverables,
        phase.symbols,
    )
    places = phase_places(phase, task.testing.table if task.testing else None)
    strength = judge_strength(attempt.workspace.private, task.base_tree, built.tree, judged, phase, places)
    facts = AttemptFacts(
        "built",
        violations=(*judged.violations, *strength),
        missing=judged.missing,
        noop=built.tree == attempt.start.tree,
        allow_noop=phase.allow_noop,
        untouched=built.tree == task.base_tree,
        deliverables=len(phase.deliverables),
        tests="none" if task.testing is None else None,
        approved=approved_codes(attempt.ready.approval if attempt.ready else None),
    )
    if not worth_testing(facts):
        return Findings(facts)
    commit = _candidate_commit(attempt, reply, built.tree)
    if task.testing is None:
        return Findings(facts, commit)
    task.progress(f"attempt {attempt.number}: accepted by policy, running the tests")
    tests = test_candidate(
        task.testing,
        attempt.workspace,
        (task.base, task.base_tree),
        (commit, built.tree),
        peoples_base=task.base not in own_commits(task.user, task.run, task.base),
        say=lambda warning: task.progress(f"attempt {attempt.number}: {warning}"),
    )
    attempt.evidence.add("tests.log", tests.candidate.log, told=True)
    if tests.base:
        attempt.evidence.add(BASELINE_FILE, encode_baseline(tests.base))
    if tests.reruns:
        reruns = [rerun.document() for rerun in tests.reruns]
        attempt.evidence.add(RERUNS_FILE, json.dumps(reruns, indent=2) + "\n", told=True)
    tests = with_base_tests(attempt, places, judged.changes, built.tree, tests)
    if tests.base_tests:
        attempt.evidence.add("base-tests.log", tests.base_tests.run.log, told=True)
    return Findings(dataclasses.replace(facts, tests=tests), commit, tests)


def _candidate_commit(attempt: Attempt, reply: AgentReply, tree: str) -> str:
    task = attempt.task
    who = agent_trailer(task.agent.name, reply.usage.model)
    message = commit_message(task.plan, task.phase, attempt.number, who, task.base)
    return attempt.workspace.private.commit(tree, [task.base], message, task.user.identity)
