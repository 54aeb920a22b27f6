"""`harness gc`: clear away what dead runs left; says what stays and why."""

from __future__ import annotations

import argparse

from harness.cli import output, project
from harness.errors import DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", metavar="RUN", help="only the workspaces of this run")
    parser.add_argument("--apply", action="store_true", help="clear away; without it, only say what would go")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.repository()
    from harness.phase.reaping import remnants

    of_run = project.valid_run(arguments.run) if arguments.run else None
    found = remnants(user, of_run, apply=arguments.apply)
    if arguments.json:
        document = {
            "schema": "harness.gc/1",
            "applied": arguments.apply,
            "remnants": [remnant.as_json() for remnant in found],
        }
        output.print_json(document)
        return DONE
    verb = "gone" if arguments.apply else "goes"
    for remnant in found:
        output.line(f"{verb if remnant.goes else 'stays':6} {remnant.kind:13} {remnant.place}: {remnant.why}")
    if not found:
        output.line("nothing was left behind")
    elif not arguments.apply and any(remnant.goes for remnant in found):
        output.note("nothing was cleared away; --apply does it")
    return DONE
