"""A fix from its command to its record: decided, recorded, run in a throwaway worktree, judged, recorded."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.candidate import candidate_from_worktree
from harness.commands import Decision, classify
from harness.config import ContainmentTable, TestsTable
from harness.containment.confinement import Confinement
from harness.errors import UnusableError
from harness.fixes.keeping import kept_bytes
from harness.fixes.running import Ran, run_command
from harness.fixes.surroundings import aliases, judging_context, recorded_refs
from harness.git.checkout_watch import compare, look
from harness.git.locks import hold, phase_lock
from harness.git.private import Growth, Worktree
from harness.git.repository import Repository
from harness.git.seal import append_entry, roll_forward
from harness.git.tree import Tree
from harness.phase.containing import confine
from harness.phase.documents import CheckoutChangeDocument, ViolationDocument, printable
from harness.phase.fix_documents import FixDocument, FixResultDocument
from harness.phase.fix_journal import FIX_FILE, LOG_FILE, RESULT_FILE, fixes_ref, pending_fix
from harness.phase.history import read_history
from harness.phase.project_python import judged_by_project
from harness.phase.start import attempt_start, fix_conflict, fixed_start
from harness.phase.workspace import Workspace, attempt_workspace
from harness.policy.model import Rules
from harness.policy.secrets import masked
from harness.verdict import judge_candidate

_NO_COMMAND = Decision(
    "refused", "no-command", "the fix names no command", "name one behind --: harness fix -- git status"
)


@dataclass(frozen=True, slots=True)
class FixRequest:
    """What is to be done, and by which rules what it edits is judged.

    `run` and `phase` are None for a fix of no phase, whose edits become nothing but a commit to look at.
    `base` is the commit edits are judged against; `timeout` is seconds for each command; `tests` is
    `[tests]`, which names the project's Python, None where no tests are to run.
    """

    user: Repository
    command: str | tuple[str, ...]
    run_type: str
    rules: Rules
    base: str
    containment: ContainmentTable
    run: str | None = None
    phase: str | None = None
    fix_type: str | None = None
    verify: str | None = None
    timeout: float = 600.0
    dry_run: bool = False
    tests: TestsTable | None = None


@dataclass(frozen=True, slots=True)
class Governed:
    """The decision about a fix, and what came of it where it ran; `log` is what its commands printed."""

    fix: FixDocument
    result: FixResultDocument | None = None
    log: str = ""


def govern(request: FixRequest, say: Callable[[str], None]) -> Governed:
    """Decide about a fix, run it if it may, and record both. BlockedError `refs-busy`; UsageError.

    A request about a phase is made, and governed, within `held_for_fix`.
    """
    with _workspace(request, say) as workspace:
        start = _start(request, workspace, say)
        worktree = workspace.private.add_worktree("fix", start, workspace.owner)
        fix = _decide(request, workspace, worktree, start)
        if request.dry_run:
            return Governed(fix)
        _record(request, workspace, fix, {FIX_FILE: kept_bytes(fix)}, {})
        if fix.decision == "refused":
            return Governed(fix)
        return _carry_out(request, workspace, worktree, fix)


@contextlib.contextmanager
def held_for_fix(user: Repository, run: str, phase: str, say: Callable[[str], None]) -> Iterator[None]:
    """Nobody else works on the phase meanwhile; what a killed command had begun to land is finished."""
    lock = phase_lock(user.common_dir, run, phase)
    with hold(lock, lambda owner: say(f"waiting for {owner}, which works on {run}/{phase}")):
        roll_forward(user)
        yield


def _workspace(
    request: FixRequest, say: Callable[[str], None]
) -> contextlib.AbstractContextManager[Workspace]:
    return attempt_workspace(request.user, request.run or "fixes", f"{request.phase or 'no-phase'}-fix", say)


def _start(request: FixRequest, workspace: Workspace, say: Callable[[str], None]) -> str:
    """The commit a fix runs on: the phase's last candidate, on today's base."""
    user, private = request.user, workspace.private
    if request.run is None or request.phase is None:
        return request.base
    pending = pending_fix(user, request.run, request.phase)
    base_tree = Tree(user.objects, request.base).oid
    if pending is not None and pending.commit is not None:
        if pending.base == request.base:
            return pending.commit
        if conflict := fix_conflict(private, request.base, pending):
            say(f"without what the last fix made: {conflict.message}; {conflict.hint}")
        tree = fixed_start(private, request.base, base_tree, pending, None).tree
    else:
        tree = attempt_start(
            private, request.base, base_tree, read_history(user, request.run, request.phase)
        ).tree
    if tree == base_tree:
        return request.base
    return private.commit(tree, [request.base], f"Start of a fix of {request.phase}\n", user.identity)


def _decide(request: FixRequest, workspace: Workspace, worktree: Worktree, start: str) -> FixDocument:
    context = judging_context(
        request.user, workspace.private, start, request.run_type, request.fix_type, worktree.path
    )
    decision = classify(request.command, context) if request.command else _NO_COMMAND
    if decision.allowed and request.verify is not None:
        decision = classify(request.verify, context)
    return FixDocument(
        id=secrets.token_hex(8),
        run=request.run,
        phase=request.phase,
        run_type=request.run_type,
        fix_type=request.fix_type,
        command=request.command,
        verify=request.verify,
        decision=decision.decision,
        code=decision.code,
        reason=decision.reason,
        safe_alternative=decision.safe_alternative,
        effects=decision.effects,
        start=start,
        refs=recorded_refs(request.user, request.run),
        by=f"{request.user.identity.name} <{request.user.identity.email}>",
        at=_now(),
    )


def _record(
    request: FixRequest, workspace: Workspace, fix: FixDocument, files: dict[str, bytes], pins: dict[str, str]
) -> None:
    ref = fixes_ref(request.run, request.phase)
    where = f"{request.run}/{request.phase} " if request.phase else ""
    message = f"{where}fix {fix.id}: {fix.decision}{'' if FIX_FILE in files else ', ended'}\n"
    append_entry(workspace.private, request.user, ref, files, pins, message)


def _carry_out(request: FixRequest, workspace: Workspace, worktree: Worktree, fix: FixDocument) -> Governed:
    before = look(request.user, request.run or "")
    confinement = confine("fix", request.user, request.containment, os.environ)
    run = _run(request, workspace, worktree, confinement)
    log = run.ended.log
    result = _judge(request, workspace, fix, run)
    seen = compare(before, look(request.user, request.run or ""))
    result = result.model_copy(
        update={
            "id": fix.id,
            "checkout_changes": tuple(
                CheckoutChangeDocument(kind=c.kind, name=printable(c.name), change=c.change) for c in seen
            ),
            "containment": confinement.told,
            "refs": recorded_refs(request.user, request.run),
            "at": _now(),
        }
    )
    pins = {"candidate": result.commit} if result.commit else {}
    files = {RESULT_FILE: kept_bytes(result), LOG_FILE: masked(log).encode("utf-8", "backslashreplace")}
    _record(request, workspace, fix, files, pins)
    return Governed(fix, result, masked(log))


@dataclass(frozen=True, slots=True)
class _Run:
    """How a fix and its verify command ended; `made` is the tree it left, or why that can't be one."""

    ended: Ran
    made: str | ViolationDocument = ""
    verified: bool | None = None


def _run(request: FixRequest, workspace: Workspace, worktree: Worktree, confinement: Confinement) -> _Run:
    known = aliases(request.user)
    scratch = workspace.scratch("fix")
    ran = run_command(
        request.command, worktree.path, scratch / "command", confinement, request.timeout, known
    )
    if ran.reason:
        return _Run(ran)
    made = _left_in(request, workspace, worktree)  # what the verify command writes is nobody's edits
    if request.verify is None:
        return _Run(ran, made)
    checked = run_command(
        request.verify, worktree.path, scratch / "verify", confinement, request.timeout, known
    )
    both = Ran(ran.exit_code, checked.reason, ran.duration + checked.duration, ran.log + checked.log)
    return _Run(both, made, not checked.reason)


def _left_in(request: FixRequest, workspace: Workspace, worktree: Worktree) -> str | ViolationDocument:
    limits = request.rules.content.tree
    growth = Growth(request.base, limits.max_added_bytes, limits.max_files)
    try:
        return workspace.private.snapshot(worktree, growth)
    except UnusableError as error:
        message = printable(error.message)
        return ViolationDocument(code=error.code, path=None, message=message, hint=error.hint)


def _judge(request: FixRequest, workspace: Workspace, fix: FixDocument, run: _Run) -> FixResultDocument:
    """What the fix left in its worktree, judged like any edits."""
    private, ran = workspace.private, run.ended
    made = FixResultDocument(
        id=fix.id,
        outcome="failed",
        reason=masked(ran.reason),
        exit_code=ran.exit_code,
        verified=run.verified,
        duration=round(ran.duration, 3),
        base=request.base,
    )
    if ran.reason:
        return made
    if isinstance(run.made, ViolationDocument):
        return made.model_copy(update={"outcome": "refused", "violations": (run.made,)})
    tree = run.made
    base_tree, start_tree = (Tree(private.objects, commit).oid for commit in (request.base, fix.start))
    if tree == start_tree:
        return made.model_copy(update={"outcome": "unchanged", "tree": tree})
    judged = judge_candidate(request.user, private, base_tree, candidate_from_worktree(tree), request.rules)
    judged = judged_by_project(request.user, judged, request.tests)
    paths = tuple(printable(change.path) for change in judged.changes)
    if judged.violations:
        violations = tuple(ViolationDocument.of(violation) for violation in judged.violations)
        update = {"outcome": "refused", "violations": violations, "changes": paths}
        return made.model_copy(update=update)
    message = f"{request.phase or 'fix'}: {_subject(request.command)}\n"
    commit = private.commit(tree, [request.base], message, request.user.identity)
    return made.model_copy(update={"outcome": "kept", "tree": tree, "commit": commit, "changes": paths})


def _subject(command: str | Sequence[str]) -> str:
    text = command if isinstance(command, str) else " ".join(command)
    return masked(" ".join(text.split()))[:60]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
