"""`harness status`: what became of the phases of a run."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE

if TYPE_CHECKING:
    from harness.phase.overview import PhaseRow

_STYLES = {"complete": "32", "failed": "31", "refused": "31", "unusable": "31", "waiting": "33"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="the run's id (default: the plan's)")
    project.add_plan_argument(parser)
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    name = project.the_run(user, arguments.plan, arguments.run)
    from harness.phase.overview import overview

    plan = None
    if project.plan_path(user, arguments.plan).is_file():
        loaded, _ = project.load(user, arguments.plan)
        plan = loaded if loaded.run.id == name else None
    rows = overview(user, name, plan)
    if arguments.json:
        output.print_json(
            {"schema": "harness.status/1", "run": name, "phases": [row.as_json() for row in rows]}
        )
    else:
        _print(name, rows)
    return DONE


def _print(name: str, rows: list[PhaseRow]) -> None:
    output.line(f"run {name}: {sum(row.state == 'complete' for row in rows)} of {len(rows)} phases complete")
    width = max((len(row.phase) for row in rows), default=0)
    for row in rows:
        state = output.styled(f"{row.state:9}", _STYLES.get(row.state, "0"))
        attempts = f"{row.attempts} attempt{'s' if row.attempts != 1 else ''}"
        tokens = f"{row.tokens} tokens" if row.tokens is not None else ""
        tail = f"{(row.commit or '')[:10]:10}  {attempts:10}  {tokens:13}  {row.reason}".rstrip()
        output.raw_line(f"  {row.phase:{width}}  {state}  {output.printable(tail)}")
