"""Asking the agent: its worktree, its brief, and what can be built from its answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from harness.agents.failure import failure_code
from harness.agents.model import AgentReply, AgentRequest
from harness.candidate import Candidate, NotBuilt, candidate_from_worktree
from harness.candidate_building import build_candidate
from harness.checks.worktreeinclude import copy_included
from harness.edits.model import Problem
from harness.errors import UnusableError, UsageError
from harness.git.inner_repositories import SubmoduleFile
from harness.git.private import Growth, Worktree
from harness.git.tree import Tree
from harness.phase.brief import BriefFacts, brief_document, prompt
from harness.phase.evidence import masked_bytes
from harness.phase.task import Attempt
from harness.phase.testing import lent_paths, prepare
from harness.policy.deliverables import missing_deliverables
from harness.policy.secrets import masked

_REFUSED = ("nested-repository", "special-file", "path-too-long", "too-many-files", "too-much-added")
_TRUNCATING = {"max_tokens", "length", "max_output_tokens"}


@dataclass(frozen=True, slots=True)
class _Desk:
    """The worktree an agent works in, as it was once it was made runnable, and the files lent to it."""

    worktree: Worktree
    prepared: str
    lent: Collection[str]
    in_submodules: frozenset[SubmoduleFile]


def ask(attempt: Attempt) -> tuple[AgentReply, Candidate | NotBuilt]:
    """The agent's reply and what could be built from it. UsageError `setup-failed`."""
    task = attempt.task
    desk = _desk(attempt) if task.agent.needs_worktree else None
    reply = task.agent.ask(_request(attempt, desk))
    reply = replace(reply, reason=masked(reply.reason))
    attempt.evidence.add("reply.txt", reply.text, told=reply.status != "answered" or reply.edited)
    attempt.evidence.add("agent.log", reply.log, told=True)
    if reply.status != "answered":
        problem = Problem(
            failure_code(reply),
            reply.reason or "the agent failed",
            f"see `harness show {task.phase.id} --file agent.log`",
        )
        return reply, NotBuilt(False, (problem,), "none", truncated=says_truncated(reply))
    if reply.edited and desk is not None:
        return reply, _snapshot(attempt, desk)
    built = _build(attempt, reply, reply.text)
    kept = masked_bytes(reply.text)
    if kept != reply.text:
        # What stands beside the edits isn't needed to verify them.
        attempt.evidence.add("reply.txt", reply.text, told=_same(_build(attempt, reply, kept), built))
    return reply, built


def _build(attempt: Attempt, reply: AgentReply, text: bytes) -> Candidate | NotBuilt:
    task = attempt.task
    return build_candidate(
        attempt.workspace.private,
        attempt.start.tree,
        task.base_tree,
        text,
        truncated=says_truncated(reply),
        strict=task.edits.strict,
        limits=task.edits.limits(),
    )


def _same(one: Candidate | NotBuilt, other: Candidate | NotBuilt) -> bool:
    if isinstance(one, NotBuilt) and isinstance(other, NotBuilt):
        mine, others = ([(p.code, masked(p.path or "")) for p in each.problems] for each in (one, other))
        return mine == others
    return one == other


def says_truncated(reply: AgentReply) -> bool:
    """Whether the agent itself says that its answer was cut."""
    return (reply.usage.stop_reason or "") in _TRUNCATING


def _desk(attempt: Attempt) -> _Desk:
    workspace = attempt.workspace
    worktree = workspace.private.add_worktree("agent", _start_commit(attempt), workspace.owner)
    testing = attempt.task.testing
    lent = testing.included if testing else lent_paths(attempt.task.user)
    prepared = _prepared(attempt, worktree, lent)
    edits = attempt.task.agent.edits_worktree
    return _Desk(
        worktree, prepared, lent, workspace.private.submodule_files(worktree) if edits else frozenset()
    )


def _start_commit(attempt: Attempt) -> str:
    task, start = attempt.task, attempt.start
    if start.tree == task.base_tree:
        return task.base
    message = f"Start of attempt {attempt.number} of {task.phase.id}\n"
    return attempt.workspace.private.commit(start.tree, [task.base], message, task.user.identity)


def _prepared(attempt: Attempt, worktree: Worktree, lent: Collection[str]) -> str:
    """The tree of the agent's worktree once it is runnable: what set-up brought is not the agent's."""
    testing = attempt.task.testing
    if testing is None:
        copy_included(attempt.task.user.root, worktree.path, lent)
    elif problem := prepare(testing, worktree.path, attempt.workspace.scratch("agent-setup")):
        raise UsageError("setup-failed", problem, "try the command of [tests] setup in a fresh clone")
    if not lent and (testing is None or testing.table.setup is None):
        return attempt.start.tree
    return attempt.workspace.private.snapshot(worktree)


def _request(attempt: Attempt, desk: _Desk | None) -> AgentRequest:
    task = attempt.task
    facts = _brief_facts(attempt)
    request = AgentRequest(
        run=task.run,
        phase=task.phase.id,
        attempt=attempt.number,
        prompt=prompt(task.phase, facts),
        brief=brief_document(task.phase, facts),
        scratch=attempt.workspace.scratch("agent"),
        worktree=desk.worktree.path if desk else None,
        timeout=task.seconds,
    )
    attempt.evidence.add("brief.json", request.brief, told=True)
    return request


def _brief_facts(attempt: Attempt) -> BriefFacts:
    task, start = attempt.task, attempt.start
    tree = Tree(attempt.workspace.private.objects, start.tree)
    lacking = {v.path for v in missing_deliverables(task.phase.deliverables, task.phase.symbols, tree)}
    return BriefFacts(
        run=task.run,
        attempt=attempt.number,
        missing=[path for path in task.phase.deliverables if path in lacking],
        present=[path for path in task.phase.deliverables if path not in lacking],
        protected=(*task.rules.protected, *(path.lstrip("/") for path in task.rules.closed)),
        budget=task.budget,
        previous=attempt.previous,
        history=attempt.history,
        base=task.base,
        hint=task.guidance.hint if task.guidance else "",
        carried=start.carried.number if start.carried else None,
        worktree_edits=task.agent.edits_worktree,
    )


def _snapshot(attempt: Attempt, desk: _Desk) -> Candidate | NotBuilt:
    private, start = attempt.workspace.private, attempt.start.tree
    limits = attempt.task.rules.content.tree
    growth = Growth(desk.prepared, limits.max_added_bytes, limits.max_files)
    try:
        tree = private.snapshot(desk.worktree, growth)
    except UnusableError as error:
        problem = Problem(error.code, error.message, error.hint)
        return NotBuilt(error.code in _REFUSED, (problem,), "worktree")
    if desk.prepared != start:
        # Files the checkout lent stay out of every tree, whatever the agent did to them.
        tree = private.transplant(desk.prepared, tree, start, desk.lent)
    attempt.evidence.add("edits.patch", private.diff(start, tree))
    lost = private.submodule_files(desk.worktree) ^ desk.in_submodules
    return candidate_from_worktree(tree, tuple(sorted({file.path for file in lost})))
