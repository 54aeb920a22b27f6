"""One attempt: ask the agent, build the candidate, judge it, test it, decide. Nothing is recorded here."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.agents.model import Agent, AgentReply, AgentRequest
from harness.candidate import (
    Candidate,
    NotBuilt,
    build_candidate,
    candidate_from_worktree,
    problem_violation,
)
from harness.checks.delta import severity
from harness.edits.model import Problem
from harness.errors import UnusableError, UsageError
from harness.git.checkout_watch import CheckoutChange
from harness.git.repository import Repository
from harness.git.tree import Tree, tree_changes
from harness.phase.brief import BriefFacts, brief_document, prompt
from harness.phase.documents import (
    AttemptDocument,
    CheckoutChangeDocument,
    DeltaDocument,
    TestsDocument,
    TokensDocument,
    ViolationDocument,
)
from harness.phase.evidence import Evidence, agent_trailer, commit_message
from harness.phase.finalizer import AttemptFacts, Decision, TestFacts, finalize
from harness.phase.start import Start
from harness.phase.testing import Testing, prepare, test_candidate
from harness.phase.workspace import Workspace
from harness.plan import Phase, Plan
from harness.policy.deliverables import missing_deliverables
from harness.policy.judge import judge
from harness.policy.model import Rules, Verdict
from harness.telemetry.estimator import Prediction

_TRUNCATING = {"max_tokens", "length", "max_output_tokens"}


@dataclass(frozen=True, slots=True)
class Task:
    """What every attempt of one invocation shares. `base` and `base_tree` are the phase base."""

    user: Repository
    plan: Plan
    phase: Phase
    agent: Agent
    rules: Rules
    policy_digest: str  # of the phase base's harness.toml
    testing: Testing | None  # None where the plan says there are no tests
    base: str
    base_tree: str
    prediction: Prediction
    budget: int
    progress: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attempt that was made: its document, its evidence, its full report line, whether it was answered."""

    document: AttemptDocument
    evidence: Evidence
    report: str
    answered: bool


def make_attempt(
    task: Task,
    workspace: Workspace,
    number: int,
    start: Start,
    previous: AttemptDocument | None,
    watch: Callable[[], Sequence[CheckoutChange]],
) -> Attempted | None:
    """Make attempt `number`; None where the agent has no further reply. `watch` sees what changed outside."""
    began, started = time.monotonic(), datetime.now(UTC)
    evidence = Evidence()
    start_commit = _start_commit(task, workspace, start)
    task.progress(f"attempt {number}: asking {task.agent.name}")
    reply, built = _ask(task, workspace, number, start, start_commit, previous, evidence)
    if reply.status == "none":
        return None
    facts, commit, tested = _judge(task, workspace, number, start, reply, built, evidence)
    decision = finalize(facts)
    changes = watch()
    document = AttemptDocument(
        number=number,
        outcome=decision.outcome,
        violations=tuple(ViolationDocument.of(violation) for violation in decision.violations),
        gates=decision.gates,
        tests=_tests_document(facts, tested),
        tokens=TokensDocument(
            predicted=task.prediction.tokens, actual=reply.usage.output, budget=task.budget
        ),
        usage=reply.usage,
        stop_reason=reply.stop_reason or reply.usage.stop_reason,
        truncated=built.truncated or _says_truncated(reply),
        format=built.format,
        base=task.base,
        start=start.tree,
        tree=built.tree if isinstance(built, Candidate) else None,
        commit=commit,
        warnings=(*_warnings(reply, built, decision), *_outside(changes)),
        checkout_changes=tuple(
            CheckoutChangeDocument(kind=c.kind, name=_text(c.name), change=c.change) for c in changes
        ),
        started=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        duration=round(time.monotonic() - began, 3),
    )
    report = tested.candidate.report if tested else ""
    return Attempted(document, evidence, report, reply.status == "answered")


def _start_commit(task: Task, workspace: Workspace, start: Start) -> str:
    if start.tree == task.base_tree:
        return task.base
    message = f"Start of the next attempt of {task.phase.id}\n"
    return workspace.private.commit(start.tree, [task.base], message, task.user.identity)


def _ask(
    task: Task,
    workspace: Workspace,
    number: int,
    start: Start,
    start_commit: str,
    previous: AttemptDocument | None,
    evidence: Evidence,
) -> tuple[AgentReply, Candidate | NotBuilt]:
    """The agent's reply and what could be built from it."""
    worktree = index = None
    prepared = start.tree
    if task.agent.needs_worktree:
        worktree = workspace.private.add_worktree("agent", start_commit, workspace.owner)
        index = workspace.private.copy_index(worktree)
        prepared = _prepare_for_agent(task, workspace, start, worktree, index)
    facts = _brief_facts(task, workspace, number, start, previous)
    request = AgentRequest(
        run=task.plan.run.id,
        phase=task.phase.id,
        attempt=number,
        prompt=prompt(task.phase, facts),
        brief=brief_document(task.phase, facts),
        scratch=workspace.scratch("agent"),
        worktree=worktree,
    )
    evidence.add("brief.json", request.brief)
    reply = task.agent.ask(request)
    evidence.add("reply.txt", reply.text)
    evidence.add("agent.log", reply.log)
    if reply.status != "answered":
        problem = Problem("agent-failed", reply.reason or "the agent failed", "see `harness show`")
        return reply, NotBuilt(False, (problem,), "none", truncated=_says_truncated(reply))
    if reply.edited and worktree is not None and index is not None:
        return reply, _snapshot(workspace, start, prepared, worktree, index, evidence)
    built = build_candidate(
        workspace.private,
        start.tree,
        task.base_tree,
        reply.text,
        truncated=_says_truncated(reply),
    )
    return reply, built


def _prepare_for_agent(task: Task, workspace: Workspace, start: Start, worktree: Path, index: Path) -> str:
    """The tree of the agent's worktree once it is runnable: what set-up left there is not the agent's."""
    if task.testing is None:
        return start.tree
    problem = prepare(task.user, task.testing.table, worktree, workspace.scratch("agent-setup"))
    if problem:
        raise UsageError("setup-failed", problem, "try the command of [tests] setup in a fresh clone")
    if task.testing.table.setup is None:
        return start.tree
    return workspace.private.snapshot(worktree, index)


def _snapshot(
    workspace: Workspace,
    start: Start,
    prepared: str,
    worktree: Path,
    index: Path,
    evidence: Evidence,
) -> Candidate | NotBuilt:
    try:
        tree = workspace.private.snapshot(worktree, index)
    except UnusableError as error:
        return NotBuilt(True, (Problem(error.code, error.message, error.hint),), "worktree")
    if prepared != start.tree:
        tree = workspace.private.transplant(prepared, tree, start.tree)
    evidence.add("edits.patch", workspace.private.diff(start.tree, tree))
    return candidate_from_worktree(tree)


def _judge(
    task: Task,
    workspace: Workspace,
    number: int,
    start: Start,
    reply: AgentReply,
    built: Candidate | NotBuilt,
    evidence: Evidence,
) -> tuple[AttemptFacts, str | None, TestFacts | None]:
    """(the facts to decide on, the candidate commit that was tested, what the tests said)."""
    if isinstance(built, NotBuilt):
        problems = [problem_violation(problem) for problem in built.problems]
        return (
            AttemptFacts("refused" if built.refused else "unusable", problems=problems),
            None,
            None,
        )
    candidate = Tree(workspace.private.objects, built.tree)
    verdict = _verdict(task, workspace, built)
    missing = missing_deliverables(task.phase.deliverables, task.phase.symbols, candidate)
    facts = AttemptFacts(
        "built",
        violations=verdict.violations,
        missing=missing,
        noop=built.tree == start.tree,
        allow_noop=task.phase.allow_noop,
        tests="none" if task.testing is None else None,
    )
    if not verdict.accepted or finalize(facts).outcome == "unusable":
        return facts, None, None
    who = agent_trailer(task.agent.name, reply.usage.model)
    message = commit_message(task.plan, task.phase, number, who, task.base)
    commit = workspace.private.commit(built.tree, [task.base], message, task.user.identity)
    if task.testing is None:
        return facts, commit, None
    task.progress(f"attempt {number}: accepted by policy, running the tests")
    tested = test_candidate(task.testing, workspace, (task.base, task.base_tree), (commit, built.tree))
    evidence.add("tests.log", tested.candidate.log)
    return dataclasses.replace(facts, tests=tested), commit, tested


def _verdict(task: Task, workspace: Workspace, built: Candidate) -> Verdict:
    changes = tree_changes(workspace.private.git, task.base_tree, built.tree)
    base = Tree(workspace.private.objects, task.base_tree)
    added = [change.path for change in changes if change.old_oid is None]
    return judge(changes, task.rules, built.declaration, sorted(base.beside(added)))


def _brief_facts(
    task: Task, workspace: Workspace, number: int, start: Start, previous: AttemptDocument | None
) -> BriefFacts:
    tree = Tree(workspace.private.objects, start.tree)
    lacking = {v.path for v in missing_deliverables(task.phase.deliverables, task.phase.symbols, tree)}
    missing = [path for path in task.phase.deliverables if path in lacking]
    return BriefFacts(
        run=task.plan.run.id,
        attempt=number,
        missing=missing,
        present=[path for path in task.phase.deliverables if path not in missing],
        protected=task.rules.protected,
        budget=task.budget,
        previous=previous,
        carried=start.carried is not None,
        worktree_edits=task.agent.edits_worktree,
    )


def _tests_document(facts: AttemptFacts, tested: TestFacts | None) -> TestsDocument:
    if facts.tests == "none":
        return TestsDocument(status="none", why="the plan says there are no tests to run")
    if tested is None:
        return TestsDocument(status="not_run", why="the candidate was not accepted")
    run = tested.candidate
    counts = list(run.outcomes.values())
    gate = next(gate for gate in finalize(facts).gates if gate.name == "tests")
    status = {"pass": "passed", "fail": "failed", "unknown": "unknown"}[gate.state]
    return TestsDocument(
        status=status,  # type: ignore[arg-type]
        why=run.why,
        total=len(counts),
        passed=sum(outcome in ("passed", "xpassed") for outcome in counts),
        failed=sum(outcome in ("failed", "error") for outcome in counts) + len(run.collection_errors),
        skipped=sum(outcome in ("skipped", "xfailed") for outcome in counts),
        severity=severity(len(tested.delta.newly_failing)),
        delta=DeltaDocument(**dataclasses.asdict(tested.delta)),
        baseline=tested.base.status if tested.base else "none",
        duration=round(run.duration, 3),
        python=run.python,
    )


def _warnings(reply: AgentReply, built: Candidate | NotBuilt, decision: Decision) -> tuple[str, ...]:
    found = list(decision.warnings)
    if reply.usage_problem:
        found.append(f"the agent's usage is unknown: {reply.usage_problem}")
    for repair in built.repairs:
        where = f" at line {repair.line}" if repair.line is not None else ""
        found.append(f"repaired: {repair.name}{where} {repair.detail}".rstrip())
    if isinstance(built, Candidate) and built.skipped:
        found.append(f"skipped operations: {', '.join(map(str, built.skipped))}")
    return tuple(found)


def _outside(changes: Sequence[CheckoutChange]) -> tuple[str, ...]:
    if not changes:
        return ()
    names = ", ".join(f"{_text(c.name)} ({c.change})" for c in changes[:10])
    more = f" and {len(changes) - 10} more" if len(changes) > 10 else ""
    return (
        f"changed in your checkout meanwhile: {names}{more}; this may be the agent or the tests of this "
        "phase writing by absolute path, or somebody working there; nothing was undone",
    )


def _says_truncated(reply: AgentReply) -> bool:
    return (reply.usage.stop_reason or "") in _TRUNCATING


def _text(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
