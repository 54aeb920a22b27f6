"""`harness guard`, as the list of commands knows it; the work is harness/guard/'s, without argparse."""

from __future__ import annotations

import argparse

from harness import guard


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take every argument as it is: the guard reads its own, to start faster."""
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="see `harness guard --help`")


def run(arguments: argparse.Namespace) -> int:
    """Run the guard; returns the exit code."""
    return guard.main(arguments.arguments)
