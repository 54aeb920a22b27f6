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
from harness.config import ContainmentTable
from harness.containment.confinement import Confinement
from harness.errors import UnusableError
from harness.fixes.running import Ran, run_command
from harness.fixes.surroundings import aliases, judging_context, recorded_refs
from harness.git.checkout_watch import compare, look
from harness.git.locks import hold, phase_lock
from harness.git.private import Worktree
from harness.git.repository import Repository
from harness.git.seal import append_entry
from harness.git.tree import Tree
from harness.phase.containing import confine
from harness.phase.documents import CheckoutChangeDocument, ViolationDocument
from harness.phase.fix_documents import FixDocument, FixResultDocument
from harness.phase.fix_journal import FIX_FILE, LOG_FILE, RESULT_FILE, fixes_ref, pending_fix
from harness.phase.history import read_history
from harness.phase.start import attempt_start
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
    `base` is the commit edits are judged against; `timeout` is seconds for each command.
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


@dataclass(frozen=True, slots=True)
class Governed:
    """The decision about a fix, and what came of it where it ran; `log` is what its commands printed."""

    fix: FixDocument
    result: FixResultDocument | None = None
    log: str = ""


def govern(request: FixRequest, say: Callable[[str], None]) -> Governed:
    """Decide about a fix, run it if it may, and record both. BlockedError `refs-busy`; UsageError."""
    with _alone(request, say), _workspace(request) as workspace:
        start = _start(request, workspace)
        worktree = workspace.private.add_worktree("fix", start, workspace.owner)
        fix = _decide(request, workspace, worktree, start)
        if request.dry_run:
            return Governed(fix)
        _record(request, workspace, fix, {FIX_FILE: masked_bytes(fix.encode())}, {})
        if fix.decision == "refused":
            return Governed(fix)
        return _carry_out(request, workspace, worktree, fix)


@contextlib.contextmanager
def _alone(request: FixRequest, say: Callable[[str], None]) -> Iterator[None]:
    """Nobody else works on the phase meanwhile."""
    if request.run is None or request.phase is None:
        yield
        return
    where = f"{request.run}/{request.phase}"
    lock = phase_lock(request.user.common_dir, request.run, request.phase)
    with hold(lock, lambda owner: say(f"waiting for {owner}, which works on {where}")):
        yield


def _workspace(request: FixRequest) -> contextlib.AbstractContextManager[Workspace]:
    return attempt_workspace(request.user, request.run or "fixes", f"{request.phase or 'no-phase'}-fix")


def _start(request: FixRequest, workspace: Workspace) -> str:
    """The commit a fix runs on: the phase's last candidate, on today's base."""
    user, private = request.user, workspace.private
    if request.run is None or request.phase is None:
        return request.base
    pending = pending_fix(user, request.run, request.phase)
    base_tree = Tree(user.objects, request.base).oid
    if pending is not None and pending.commit is not None:
        if pending.base == request.base:
            return pending.commit
        tree = private.merged_tree(request.base, pending.commit) or base_tree
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


def masked_bytes(data: bytes) -> bytes:
    """Evidence without the secrets somebody typed into it."""
    return masked(data.decode("utf-8", "replace")).encode()


def _carry_out(request: FixRequest, workspace: Workspace, worktree: Worktree, fix: FixDocument) -> Governed:
    before = look(request.user, request.run or "")
    confinement = confine("fix", request.user, request.containment, os.environ)
    ran, verified, log = _run(request, workspace, worktree, confinement)
    result = _judge(request, workspace, worktree, fix, ran, verified)
    seen = compare(before, look(request.user, request.run or ""))
    result = result.model_copy(
        update={
            "id": fix.id,
            "checkout_changes": tuple(
                CheckoutChangeDocument(kind=c.kind, name=_text(c.name), change=c.change) for c in seen
            ),
            "containment": confinement.told,
            "refs": recorded_refs(request.user, request.run),
            "at": _now(),
        }
    )
    pins = {"candidate": result.commit} if result.commit else {}
    files = {RESULT_FILE: result.encode(), LOG_FILE: masked_bytes(log.encode())}
    _record(request, workspace, fix, files, pins)
    return Governed(fix, result, masked(log))


def _run(
    request: FixRequest, workspace: Workspace, worktree: Worktree, confinement: Confinement
) -> tuple[Ran, bool | None, str]:
    """(how the fix ended, whether its verify command ended well, what both printed)."""
    known = aliases(request.user)
    scratch = workspace.scratch("fix")
    ran = run_command(
        request.command, worktree.path, scratch / "command", confinement, request.timeout, known
    )
    if ran.reason or request.verify is None:
        return ran, None, ran.log
    checked = run_command(
        request.verify, worktree.path, scratch / "verify", confinement, request.timeout, known
    )
    both = Ran(ran.exit_code, checked.reason, ran.duration + checked.duration, ran.log + checked.log)
    return both, not checked.reason, both.log


def _judge(
    request: FixRequest,
    workspace: Workspace,
    worktree: Worktree,
    fix: FixDocument,
    ran: Ran,
    verified: bool | None,
) -> FixResultDocument:
    """What the worktree holds now, judged like any edits."""
    private = workspace.private
    made = FixResultDocument(
        id=fix.id,
        outcome="failed",
        reason=ran.reason,
        exit_code=ran.exit_code,
        verified=verified,
        duration=round(ran.duration, 3),
        base=request.base,
    )
    if ran.reason:
        return made
    try:
        tree = private.snapshot(worktree)
    except UnusableError as error:
        violation = ViolationDocument(code=error.code, path=None, message=error.message, hint=error.hint)
        return made.model_copy(update={"outcome": "refused", "violations": (violation,)})
    base_tree, start_tree = (Tree(private.objects, commit).oid for commit in (request.base, fix.start))
    if tree == start_tree:
        return made.model_copy(update={"outcome": "unchanged", "tree": tree})
    judged = judge_candidate(request.user, private, base_tree, candidate_from_worktree(tree), request.rules)
    paths = tuple(_text(change.path) for change in judged.changes)
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


def _text(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
