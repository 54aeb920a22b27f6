"""`harness telemetry`: tokens predicted and used."""

from __future__ import annotations

import argparse

from harness.cli.subcommands import add_subcommands, run_subcommand

COMMANDS = ("replay", "coverage", "calibrate", "backfill", "export", "report")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands of `telemetry`."""
    add_subcommands(parser, "telemetry", COMMANDS)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand."""
    return run_subcommand("telemetry", arguments)
