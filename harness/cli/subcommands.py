"""Commands of commands: `harness plan show` is the module `harness.cli.plan_show`."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterable


def add_subcommands(parser: argparse.ArgumentParser, group: str, names: Iterable[str]) -> None:
    """Add the subcommands of `group`, each a module with a SUMMARY, `add_arguments` and `run`."""
    commands = parser.add_subparsers(dest=_chosen(group), metavar="COMMAND", required=True)
    for name in names:
        module = importlib.import_module(f"harness.cli.{group}_{name}")
        command = commands.add_parser(
            name, help=module.SUMMARY, description=module.SUMMARY, allow_abbrev=False
        )
        module.add_arguments(command)


def run_subcommand(group: str, arguments: argparse.Namespace) -> int:
    """Run the subcommand of `group` that was chosen; its exit code."""
    name = getattr(arguments, _chosen(group))
    return int(importlib.import_module(f"harness.cli.{group}_{name}").run(arguments))


def _chosen(group: str) -> str:
    return f"{group}_command"
