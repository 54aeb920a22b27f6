"""`harness plan check`: whether a plan can be carried out as it stands."""

from __future__ import annotations

import argparse

from harness.cli import output, project
from harness.errors import DONE
from harness.wording import counted

SUMMARY = "name everything that keeps a plan from being carried out"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `plan check`."""
    project.add_plan_argument(parser)
    parser.add_argument("--base", metavar="REV", help="what a new run would begin with (default: HEAD)")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Say that all is well; every problem is an error of exit code 2."""
    from harness.planning.soundness import require_sound_plan

    user = project.repository()
    plan, path = project.load(user, arguments.plan)
    require_sound_plan(user, plan, path, arguments.base)
    count, name = len(plan.phase), arguments.plan or project.PLAN_FILE
    if arguments.json:
        output.print_json({"schema": "harness.plan-check/1", "run": plan.run.id, "phases": count})
    else:
        output.line(f"{name}: run {plan.run.id}, {counted(count, 'phase')}, no problems")
    return DONE
