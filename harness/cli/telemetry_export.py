"""`harness telemetry export`: the samples as NDJSON, CSV or Parquet."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output, telemetry_sources
from harness.errors import DONE, UsageError

if TYPE_CHECKING:
    from harness.telemetry.problems import Problems
    from harness.telemetry.reader import BadLine, Row

SUMMARY = "write the samples as NDJSON, CSV or Parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    telemetry_sources.add_paths_argument(parser)
    parser.add_argument(
        "--format",
        choices=("ndjson", "csv", "parquet"),
        default="ndjson",
        help="what to write (default: ndjson)",
    )
    parser.add_argument("--output", metavar="FILE", help="where to write (default: -, standard output)")
    parser.add_argument("--force", action="store_true", help="write over a file that exists")
    telemetry_sources.add_runs_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    from harness.telemetry import shown
    from harness.telemetry.engine import load_engine
    from harness.telemetry.export import records, writing
    from harness.telemetry.problems import ProblemTally, joined

    if arguments.format == "parquet":
        load_engine()
    target = _target(arguments)
    if target is not None:
        writing.require_writable(target, overwrite=arguments.force)
    found, problems = _found(arguments)
    refused = ProblemTally()
    rows = (records.record(sample) for sample in records.distinct(found, refused.add))
    if target is None:
        count = writing.write_text(rows, arguments.format, output.raw_piece)
        output.finish()
    else:
        count = writing.write_file(rows, arguments.format, target, overwrite=arguments.force)
    for line in shown.problem_lines(joined((problems, refused.problems()))):
        output.note(line)
    output.note(f"harness: {count} row{'' if count == 1 else 's'} exported")
    return DONE


def _found(arguments: argparse.Namespace) -> tuple[Iterable[Row | BadLine], Problems]:
    """What there is to export, line by line unless branches are read, too; and bad lines known already."""
    from harness.telemetry import files
    from harness.telemetry.problems import Problems

    named = telemetry_sources.paths(arguments)
    return telemetry_sources.read(arguments, named) if arguments.runs else (files.each_row(named), Problems())


def _target(arguments: argparse.Namespace) -> Path | None:
    if arguments.output not in (None, "-"):
        return Path(arguments.output)
    if arguments.format == "parquet":
        raise UsageError("wrong-usage", "Parquet needs a file to be written to", "add --output FILE")
    return None
