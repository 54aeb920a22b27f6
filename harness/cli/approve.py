"""`harness approve`: a person lets one exact difference pass."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE, UsageError

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.phase.approval import Approval


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="+", metavar="PHASE|PATH", help="a blocked phase, or staged paths")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why it is right; kept for good")
    parser.add_argument("--run", metavar="RUN", help="the phase's run (default: the plan's)")
    project.add_plan_argument(parser)
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    reason = _text(arguments.reason.strip())
    if not reason:
        raise UsageError("no-reason", "the reason is empty", "say why the change is right: --reason TEXT")
    _require_outside()
    user = project.settled_repository()
    phase = _phase(user, arguments)
    approval = _of_phase(user, *phase, reason) if phase else _of_paths(user, arguments.what, reason)
    if arguments.json:
        output.print_json(
            {"schema": approval.schema_, **approval.model_dump(mode="json", exclude={"schema_"})}
        )
    else:
        _print(approval)
    return DONE


def _require_outside() -> None:
    from harness.process.inside import is_inside_phase

    if is_inside_phase():
        raise UsageError(
            "inside-phase",
            "approvals are a person's: this was started by an agent, a test or a fix of a phase",
            "run it yourself, outside of the phase",
        )


def _phase(user: Repository, arguments: argparse.Namespace) -> tuple[str, str] | None:
    """(run, phase) where the one thing named is a phase with attempts; None for paths."""
    from harness.git.ledger import ledger_phases

    [first, *others] = arguments.what
    if others:
        return None
    run, _, phase = first.rpartition("/")
    if run and not arguments.run and phase in ledger_phases(user, run):
        return run, phase
    if not arguments.run and not project.has_plan(user, arguments.plan) and _is_path(user, first):
        return None
    try:
        run = project.the_run(user, arguments.plan, arguments.run)
    except UsageError:
        # A path needs neither a run nor a plan that can be read.
        if arguments.run or not _is_path(user, first):
            raise
        return None
    if first in ledger_phases(user, run):
        return run, first
    if arguments.run:
        raise UsageError("unknown-phase", f"run {run} has no attempt of {first!r}", "see `harness status`")
    return None


def _is_path(user: Repository, named: str) -> bool:
    """Whether something stands there, or stood there in HEAD, as where a removal is staged."""
    if os.path.lexists(user.root / named) or os.path.lexists(named):
        return True
    return any(user.is_committed(path) for path in _from_root(user, named))


def _of_phase(user: Repository, run: str, phase: str, reason: str) -> Approval:
    from harness.diagnosis.proposals import proposal_approval
    from harness.git.private import PrivateRepository
    from harness.git.tree import Tree
    from harness.phase.approval import Approval, approve_phase, blocked_attempt, codes_of, phase_digest
    from harness.scratch import scratch_folder

    proposal = proposal_approval(user, run, phase, reason, _who(user), _now())
    if proposal is not None:
        approve_phase(user, proposal)
        return proposal
    attempt = blocked_attempt(user, run, phase)
    assert attempt.tree is not None
    with scratch_folder() as scratch:
        private = PrivateRepository(scratch, user)
        digest = phase_digest(private, Tree(user.objects, attempt.base).oid, attempt.tree)
    approval = Approval(
        digest=digest,
        codes=tuple(codes_of(attempt)),
        reason=reason,
        by=_who(user),
        at=_now(),
        run=run,
        phase=phase,
        attempt=attempt.number,
        tree=attempt.tree,
        paths=tuple(sorted({violation.path for violation in attempt.violations if violation.path})),
    )
    approve_phase(user, approval)
    return approval


def _of_paths(user: Repository, named: list[str], reason: str) -> Approval:
    from harness.git.approvals import add_approval, path_approvals_ref
    from harness.guard.approving import paths_of, refused_changes
    from harness.phase.approval import Approval
    from harness.policy.approvable import difference_digest

    refused = refused_changes([_from_root(user, path) for path in named])
    by, at, paths = _who(user), _now(), paths_of(refused)
    for one in refused:
        digest = difference_digest([one.change])
        alone = Approval(
            digest=digest, codes=one.codes, reason=reason, by=by, at=at, paths=(_text(one.change.path),)
        )
        add_approval(user, [path_approvals_ref(digest)], alone.encode(), f"Approve a path\n\n{reason}\n")
    codes = tuple(dict.fromkeys(code for one in refused for code in one.codes))
    whole = difference_digest(one.change for one in refused)
    return Approval(digest=whole, codes=codes, reason=reason, by=by, at=at, paths=tuple(map(_text, paths)))


def _from_root(user: Repository, path: str) -> list[str]:
    """A path as seen from the current folder, or else, as the guard prints it, from the root."""
    seen = [os.path.relpath(folder / path, user.root) for folder in (Path.cwd(), user.root)]
    inside = [relative for relative in seen if relative != ".." and not relative.startswith("../")]
    if not inside:
        raise UsageError("nothing-to-approve", f"{path} is outside of the repository", "name a staged path")
    return inside


def _text(given: str) -> str:
    """What is kept of a path or a reason: bytes that couldn't be decoded are escaped."""
    return given.encode("utf-8", "backslashreplace").decode("utf-8")


def _who(user: Repository) -> str:
    return f"{user.identity.name} <{user.identity.email}>"


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _print(approval: Approval) -> None:
    what = (
        f"{approval.run}/{approval.phase} attempt {approval.attempt}" if approval.phase else "what is staged"
    )
    output.line(f"approved {what}: {', '.join(approval.codes)}")
    for path in approval.paths:
        output.line(f"  {path}")
    output.line(f"  exactly this difference: {approval.digest[:16]}")
    if approval.phase:
        output.line(f"  next: harness run-phase {approval.phase}")
    else:
        output.line("  next: git commit")
