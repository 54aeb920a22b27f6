"""`harness plan`: write a plan, add phases to it, check it, look at it."""

from __future__ import annotations

import argparse
import importlib

COMMANDS = ("new", "add", "show", "check")
"""The subcommands, each a module `harness.cli.plan_<name>`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands of `plan`."""
    commands = parser.add_subparsers(dest="plan_command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"harness.cli.plan_{name}")
        command = commands.add_parser(
            name, help=module.SUMMARY, description=module.SUMMARY, allow_abbrev=False
        )
        module.add_arguments(command)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand."""
    answer: int = importlib.import_module(f"harness.cli.plan_{arguments.plan_command}").run(arguments)
    return answer
