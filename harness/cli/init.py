"""`harness init`: write harness.toml, hook and workflow files, and the settings notes need."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE

if TYPE_CHECKING:
    from harness.templates.starting import InitOutcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `init`."""
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, write nothing")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Set the repository up; what is there already is kept as it is."""
    from harness.templates.starting import start

    outcome = start(project.repository(), Path.cwd(), dry_run=arguments.dry_run)
    if arguments.json:
        output.print_json(outcome.document())
    else:
        _print(outcome)
    for remark in outcome.remarks:
        output.note(f"hint: {remark}")
    return DONE


def _print(outcome: InitOutcome) -> None:
    would = "would be " if outcome.dry_run else ""
    for path in outcome.written:
        output.line(f"{would}written  {path}")
    for path in outcome.kept:
        output.line(f"kept     {path}")
    for setting in outcome.config:
        output.line(f"{would}set      git config {setting}")
    for setting in outcome.config_kept:
        output.line(f"kept     git config {setting}")
    if not outcome.written and not outcome.config:
        output.line("nothing to do: everything was there already")
    if outcome.next_commands:
        output.line()
    output.line("next:")
    for command in outcome.next_commands:
        output.line(f"  {command}")
