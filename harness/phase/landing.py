"""Landing beside other phases: a candidate brought onto the run's tip as it is now, under the run's lock."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.candidate import Candidate, NotBuilt
from harness.edits.model import Problem
from harness.git.checkout_watch import CheckoutChange, Sighting, compare, look
from harness.git.ledger import RUNS, ledger_ref
from harness.git.private import PrivateRepository
from harness.git.refs import read_ref
from harness.git.repository import branch_of
from harness.git.tree import Tree
from harness.phase.approval import phase_digest
from harness.phase.documents import AskedDocument
from harness.phase.start import Start
from harness.phase.state import has_only_grown
from harness.phase.task import Attempt, Task

_MOST_PATHS = 10


@dataclass(frozen=True, slots=True)
class Landing:
    """An attempt and its candidate on the tip there is; `asked` is what they were, if that has moved."""

    attempt: Attempt
    built: Candidate | NotBuilt
    asked: AskedDocument | None = None


def on_current_tip(attempt: Attempt, built: Candidate | NotBuilt) -> Landing:
    """The candidate as it is where the run stands now: the same, or merged with what landed meanwhile.

    Where both changed the same lines, nothing is built, and the problem `merge-conflict` names the paths. A
    branch that somebody else moved is left to the seal, which refuses it.
    """
    task = attempt.task
    tip = read_ref(task.user.git, branch_of(task.run))
    if tip is None or tip == task.tip or not has_only_grown(task.user, task.run, task.base, tip):
        return Landing(attempt, built)
    private = attempt.workspace.private
    moved = replace(task, base=tip, base_tree=Tree(private.objects, tip).oid, tip=tip)
    if isinstance(built, NotBuilt):
        asked = AskedDocument(base=task.base, start=attempt.start.tree)
        return Landing(replace(attempt, task=moved, start=Start(moved.base_tree)), built, asked)
    candidate = _commit(private, task, built.tree)
    asked = AskedDocument(base=task.base, start=attempt.start.tree, tree=built.tree, commit=candidate)
    tree = private.merged_tree(tip, candidate)
    if tree is None:
        start = Start(moved.base_tree)
        problem = _conflict(private.conflicting_paths(tip, candidate), tip)
        missed = NotBuilt(False, (problem,), built.format, repairs=built.repairs, total=built.total)
        return Landing(replace(attempt, task=moved, start=start), missed, asked)
    again = _moved(attempt, moved, tree)
    if again.ready and again.ready.format == "rejudged":
        again.evidence.files.pop("approval.json", None)
        built = replace(built, format="rejudged")
    return Landing(again, replace(built, tree=tree), asked)


def outside_changes(attempt: Attempt, before: Sighting) -> list[CheckoutChange]:
    """What changed outside since `before`, but for what other phases of the run added: theirs only grows."""
    task = attempt.task
    after = look(task.user, task.run)
    return [c for c in compare(before, after) if not _is_siblings(c, task, before, after)]


def _is_siblings(change: CheckoutChange, task: Task, before: Sighting, after: Sighting) -> bool:
    ledgers = f"{RUNS}{task.run}/"
    if (
        change.kind != "ref"
        or change.change == "removed"
        or change.name == ledger_ref(task.run, task.phase.id)
    ):
        return False
    old, new = before.refs.get(change.name), after.refs[change.name]
    if change.name == branch_of(task.run):
        return has_only_grown(task.user, task.run, old or task.base, new)
    return change.name.startswith(ledgers) and (old is None or task.user.is_ancestor(old, new))


def _moved(attempt: Attempt, task: Task, tree: str) -> Attempt:
    """The attempt on the new tip; an approval that isn't of the merged difference is none."""
    private, ready = attempt.workspace.private, attempt.ready
    if ready and ready.approval and phase_digest(private, task.base_tree, tree) != ready.approval.digest:
        ready = replace(ready, format="rejudged", approval=None)
    merged = private.merged_tree(task.base, _commit(private, attempt.task, attempt.start.tree))
    start = Start(merged or task.base_tree, attempt.start.carried)
    return replace(attempt, task=task, start=start, ready=ready)


def _commit(private: PrivateRepository, task: Task, tree: str) -> str:
    if tree == task.base_tree:
        return task.base
    return private.commit(tree, [task.base], "Before landing\n", task.user.identity)


def _conflict(paths: list[str], tip: str) -> Problem:
    more = f" and {len(paths) - _MOST_PATHS} more" if len(paths) > _MOST_PATHS else ""
    named = ", ".join(paths[:_MOST_PATHS])
    return Problem(
        "merge-conflict",
        f"another phase landed meanwhile ({tip[:10]}) and changed the same lines: {named}{more}",
        "make the change again on the files as they are now",
        path=paths[0] if len(paths) == 1 else None,
    )
