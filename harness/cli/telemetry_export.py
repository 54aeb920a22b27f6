"""`harness telemetry export`: the samples as NDJSON, CSV or Parquet."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli import output, telemetry_sources
from harness.errors import DONE, UsageError

SUMMARY = "write the samples as NDJSON, CSV or Parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    telemetry_sources.add_paths_argument(parser)
    parser.add_argument(
        "--format",
        choices=("ndjson", "csv", "parquet"),
        default="ndjson",
        help="what to write (default: ndjson)",
    )
    parser.add_argument("--output", metavar="FILE", help="where to write (default: standard output)")
    parser.add_argument("--force", action="store_true", help="write over a file that exists")


def run(arguments: argparse.Namespace) -> int:
    from harness.telemetry import files, shown
    from harness.telemetry.engine import load_engine
    from harness.telemetry.export import records, writing
    from harness.telemetry.problems import ProblemTally

    if arguments.format == "parquet":
        load_engine()
    target = _target(arguments)
    if target is not None:
        writing.require_writable(target, overwrite=arguments.force)
    found = files.each_row(telemetry_sources.paths(arguments))
    refused = ProblemTally()
    rows = (records.record(sample) for sample in records.distinct(found, refused.add))
    if target is None:
        count = writing.write_text(rows, arguments.format, output.raw_piece)
        output.finish()
    else:
        count = writing.write_file(rows, arguments.format, target, overwrite=arguments.force)
    for line in shown.problem_lines(refused.problems()):
        output.note(line)
    output.note(f"harness: {count} row{'' if count == 1 else 's'} exported")
    return DONE


def _target(arguments: argparse.Namespace) -> Path | None:
    if arguments.output is not None:
        return Path(arguments.output)
    if arguments.format == "parquet":
        raise UsageError("wrong-usage", "Parquet needs a file to be written to", "add --output FILE")
    return None
