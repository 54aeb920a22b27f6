"""`harness status`: what became of the phases of a run, once or as it goes on."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE, UsageError

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.plan import Plan
    from harness.progress.standing import Standing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="the run's id (default: the plan's)")
    project.add_plan_argument(parser)
    parser.add_argument("--watch", action="store_true", help="go on until every phase is complete")
    parser.add_argument(
        "--interval", type=float, metavar="S", help="seconds between looks with --watch (default: 1)"
    )
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print where the run stands; with `--watch`, until nothing is left to do."""
    if arguments.interval is not None and not 0.1 <= arguments.interval <= 3600:
        raise UsageError("wrong-usage", "--interval must be between 0.1 and 3600 seconds", "--interval 2")
    if arguments.watch:
        return _watch(arguments, 1.0 if arguments.interval is None else arguments.interval)
    if arguments.interval is not None:
        output.note("warning: --interval counts for nothing without --watch")
    from harness.phase.state import begun_elsewhere
    from harness.progress.standing import totals
    from harness.progress.watching import RunWatch

    user = project.settled_repository()
    name, plan = _run_and_plan(user, arguments)
    rows = RunWatch(user, name, plan).look()
    if elsewhere := begun_elsewhere(user, name):
        output.note(f"warning: {elsewhere}")
    if arguments.json:
        document = {"schema": "harness.status/1", "run": name, "phases": [row.as_json() for row in rows]}
        output.print_json({**document, "totals": totals(rows).as_json()})
    else:
        _print(name, rows)
    return DONE


def _watch(arguments: argparse.Namespace, interval: float) -> int:
    if arguments.json:
        raise UsageError("wrong-usage", "--watch is for people, --json prints one document", "leave one out")
    from harness.progress.watching import RunWatch

    # Nothing is written here, so what a killed command left open stays for the next one.
    user = project.repository()
    name, plan = _run_and_plan(user, arguments)
    watch = RunWatch(user, name, plan)
    if output.is_terminal(sys.stdout):
        from harness.cli.live import watch_on_terminal

        return watch_on_terminal(name, watch.look, interval)
    from harness.cli.watch_lines import watch_in_lines

    return watch_in_lines(name, watch.look, interval)


def _run_and_plan(user: Repository, arguments: argparse.Namespace) -> tuple[str, Plan | None]:
    """The run, and its plan where that is the one at hand."""
    name = project.the_run(user, arguments.plan, arguments.run)
    if arguments.run:
        project.require_known_run(user, arguments.plan, name)
    if not project.has_plan(user, arguments.plan):
        return name, None
    loaded, _ = project.load(user, arguments.plan)
    return name, loaded if loaded.run.id == name else None


def _print(name: str, rows: list[Standing]) -> None:
    if output.is_terminal(sys.stdout):
        from harness.cli.live import print_status

        print_status(name, rows)
        return
    from harness.progress.standing import totals
    from harness.progress.texts import HEADINGS, aligned, cells, headline

    output.line(headline(name, totals(rows)))
    table = [HEADINGS, *([output.printable(cell) for cell in cells(row)] for row in rows)]
    for line in aligned(table, right=(2, 4, 5)) if rows else ():
        output.raw_line(f"  {line}")
