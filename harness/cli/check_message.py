"""`harness check-message`, as the list of commands knows it; it reads its own arguments, like the guard."""

from __future__ import annotations

import argparse

from harness.guard import commit_message


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take every argument as it is."""
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="see `harness check-message --help`")


def run(arguments: argparse.Namespace) -> int:
    """Judge the message; returns the exit code."""
    return commit_message.main(arguments.arguments)
