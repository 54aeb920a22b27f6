"""`harness plan new`: a plan without phases, where there is none yet."""

from __future__ import annotations

import argparse
import re

from harness.cli import output, project
from harness.errors import DONE

SUMMARY = "write a new plan; overwrites nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `plan new`."""
    parser.add_argument("--run", metavar="ID", help="the run's id (default: made of the folder's name)")
    parser.add_argument(
        "--type",
        default="project_build",
        choices=("project_build", "maintenance"),
        help="of the run; phases of maintenance may have `allow` (default: project_build)",
    )
    project.add_plan_argument(parser)
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the file, or refuse because its name is taken."""
    from harness.planning.writing import create_plan, new_plan_text

    user = project.repository()
    name = arguments.plan or project.PLAN_FILE
    run_id = project.valid_run(arguments.run) if arguments.run is not None else _run_of(user.root.name)
    create_plan(user.root / name, new_plan_text(run_id, arguments.type), name)
    if arguments.json:
        output.print_json({"schema": "harness.plan-change/1", "path": name, "run": run_id, "phase": None})
    else:
        output.line(f"written  {name}, run {run_id}")
        named = project.plan_option(arguments.plan)
        output.line(f"next     harness plan add ID --goal TEXT --deliverable PATH{named}")
    return DONE


def _run_of(folder: str) -> str:
    """An id made of a folder's name."""
    words = re.findall(r"[A-Za-z0-9_-]+", folder)
    return "-".join(words).strip("-_")[:100].rstrip("-_") or "run"
