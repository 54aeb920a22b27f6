"""`harness telemetry`: tokens predicted and used."""

from __future__ import annotations

import argparse
import importlib

COMMANDS = ("replay", "coverage", "calibrate", "backfill", "export", "report")
"""The subcommands, each a module `harness.cli.telemetry_<name>`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands of `telemetry`."""
    commands = parser.add_subparsers(dest="telemetry_command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"harness.cli.telemetry_{name}")
        command = commands.add_parser(
            name, help=module.SUMMARY, description=module.SUMMARY, allow_abbrev=False
        )
        module.add_arguments(command)


def run(args: argparse.Namespace) -> int:
    """Run the subcommand."""
    answer: int = importlib.import_module(f"harness.cli.telemetry_{args.telemetry_command}").run(args)
    return answer
