"""`harness plan`: write a plan, add phases to it, check it, look at it."""

from __future__ import annotations

import argparse

from harness.cli.subcommands import add_subcommands, run_subcommand

COMMANDS = ("new", "add", "show", "check")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands of `plan`."""
    add_subcommands(parser, "plan", COMMANDS)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand."""
    return run_subcommand("plan", arguments)
