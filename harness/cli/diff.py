"""`harness diff`: what a run changed, from where it began to the tip of its branch."""

from __future__ import annotations

import argparse
import sys

from harness.cli import output, project
from harness.errors import DONE, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="the run's id (default: the plan's)")
    parser.add_argument("--stat", action="store_true", help="only which files, and how much")
    parser.add_argument("--telemetry", action="store_true", help="with the telemetry rows")
    project.add_plan_argument(parser)
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    name = project.the_run(user, arguments.plan, arguments.run)
    from harness.git.refs import read_ref
    from harness.git.repository import branch_of
    from harness.git.tree import tree_changes
    from harness.phase.samples import telemetry_path
    from harness.phase.state import run_base

    tip = read_ref(user.git, branch_of(name))
    base = run_base(user, name)
    if tip is None or base is None:
        raise UsageError("no-such-run", f"there is no branch harness/{name}", "see `harness status`")
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
        output.line(f"run {name} changed nothing")
    return DONE
