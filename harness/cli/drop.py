"""`harness drop`: discard a run's branch; what was recorded about it stays."""

from __future__ import annotations

import argparse

from harness.cli import output, project
from harness.errors import DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's id")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.repository()
    name = project.valid_run(arguments.run)
    from harness.phase.drop import drop_run

    tip = drop_run(user, name, output.note)
    if arguments.json:
        output.print_json({"schema": "harness.drop/1", "run": name, "tip": tip})
        return DONE
    output.line(f"dropped harness/{name}, which was at {tip}")
    output.line(f"  its ledger stays: refs/harness/runs/{name}/")
    output.line(f"  to have it back:  git branch harness/{name} {tip}")
    return DONE
