"""`harness fix`: which commands a fix may run."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from harness.cli import output
from harness.errors import DONE, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check",
        metavar="INPUT",
        help="judge the commands of a file of JSON lines, - for standard input; nothing is run",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.check is None:
        raise UsageError("wrong-usage", "there is nothing to judge", "harness fix --check -")
    if arguments.check == "-":
        return check(sys.stdin.buffer)
    try:
        with Path(arguments.check).open("rb") as file:
            return check(file)
    except OSError as error:
        raise UsageError(
            "unreadable-input",
            f"can't read {arguments.check}: {error.strerror}",
            "name a file, or - for standard input",
        ) from None


def check(source: BinaryIO) -> int:
    """Answer every line in order, refused ones too; blank lines are passed over.

    The exit code is 0 whatever was decided. Raises UsageError `unusable-requests`, exit 2, after the answers,
    where there were lines and none of them could be read.
    """
    from harness.commands.requests import answer

    asked = usable = 0
    for line in _lines(source):
        if line.strip():
            answered = answer(line)
            asked, usable = asked + 1, usable + answered.usable
            output.raw_line(json.dumps(answered.as_json(), ensure_ascii=True))
    if asked and not usable:
        raise UsageError(
            "unusable-requests",
            f"none of the {asked} lines asks about a command",
            'write one JSON object a line: {"command": "git status", "run_type": "project_build"}',
        )
    return DONE


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """Lines, each cut just past what a line may have; what follows in a line too long is dropped."""
    from harness.commands.requests import MAX_LINE_BYTES

    while line := source.readline(MAX_LINE_BYTES + 1):
        yield line
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE_BYTES)
