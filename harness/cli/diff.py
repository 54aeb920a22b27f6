"""`harness diff`: what a run changed, or what the last candidate of one of its phases would change."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE, UsageError

if TYPE_CHECKING:
    from harness.git.repository import Repository


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run", nargs="?", metavar="RUN[/PHASE]", help="the run, or a phase whose last candidate is shown"
    )
    parser.add_argument("--stat", action="store_true", help="only which files, and how much")
    parser.add_argument("--telemetry", action="store_true", help="with the telemetry rows")
    project.add_plan_argument(parser)
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    run_id, slash, phase = (arguments.run or "").partition("/")
    name = project.the_run(user, arguments.plan, run_id or None)
    base, tip = _candidate(user, name, phase) if slash else _branch(user, name)
    from harness.git.tree import tree_changes
    from harness.phase.samples import telemetry_path

    changes = [
        change
        for change in tree_changes(user.git, base, tip)
        if arguments.telemetry or change.path != telemetry_path(name)
    ]
    if arguments.json:
        rows = [{"path": output.printable(c.path), "status": c.status} for c in changes]
        output.print_json(
            {"schema": "harness.diff/1", "run": name, "base": base, "tip": tip, "changes": rows}
        )
        return DONE
    colour = "always" if output.wants_colour(sys.stdout) else "never"
    shape = ["--stat"] if arguments.stat else ["--stat", "--patch"]
    if changes:
        without = None if arguments.telemetry else telemetry_path(name)
        output.raw_bytes(user.diff(base, tip, [f"--color={colour}", *shape], without))
    else:
        output.line(f"{arguments.run or f'run {name}'} changed nothing")
    return DONE


def _branch(user: Repository, run: str) -> tuple[str, str]:
    """Where a run began, and the tip of its branch."""
    from harness.git.refs import read_ref
    from harness.git.repository import branch_of
    from harness.phase.state import run_base

    tip = read_ref(user.git, branch_of(run))
    base = run_base(user, run)
    if tip is None or base is None:
        hint = "see `git branch --list 'harness/*'`"
        raise UsageError("no-such-run", f"there is no branch harness/{run}", hint)
    return base, tip


def _candidate(user: Repository, run: str, phase: str) -> tuple[str, str]:
    """The phase base of the last attempt that has a candidate, and that candidate's commit."""
    from harness.phase.history import read_history

    kept = [attempt for attempt in read_history(user, run, phase) if attempt.commit]
    if not kept or kept[-1].commit is None:
        raise UsageError(
            "no-candidate", f"{run}/{phase} has no candidate that was kept", "see `harness status`"
        )
    return kept[-1].base, kept[-1].commit
