"""`harness telemetry replay`: predictions held against what was used."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output
from harness.errors import DONE, NOT_COMPLETE

if TYPE_CHECKING:
    from harness.telemetry.replay import Report


SUMMARY = "hold recorded predictions, and today's, against what was used"


def add_arguments(replay: argparse.ArgumentParser) -> None:
    replay.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        default=["telemetry"],
        help="files, or folders with *.ndjson files (default: telemetry)",
    )
    form = replay.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--markdown", action="store_true", help="print Markdown for a job summary")
    replay.add_argument("--rows", action="store_true", help="every row, too")
    replay.add_argument("--max-smape", metavar="X", help="the gate: mean SMAPE must be below X percent")
    replay.add_argument("--include-synthetic", action="store_true", help="count test and synthetic rows, too")


def run(args: argparse.Namespace) -> int:
    """Replay, print, and answer whether every gate was passed."""
    report = _replay(args)
    _print(report, args)
    missed = [gate for gate in report.gates if not gate.passed]
    for gate in missed:
        output.note(
            f"harness: gate missed: {gate.name} is {gate.value:.1f}, "
            f"it must be below {gate.limit:g} [gate-missed]"
        )
    return NOT_COMPLETE if missed else DONE


def _replay(args: argparse.Namespace) -> Report:
    from harness.telemetry import files, gates, replay
    from harness.telemetry.profile import load_profile

    settings = files.load_settings(Path())
    limits = settings.gates.model_dump()
    if args.max_smape is not None:
        limits["mean_smape"] = gates.parse_limit(args.max_smape)
    rows, problems = files.read_files(files.telemetry_files(args.paths))
    return replay.replay(
        rows,
        problems,
        load_profile(settings.profile),
        limits,
        include_synthetic=args.include_synthetic,
    )


def _print(report: Report, args: argparse.Namespace) -> None:
    from harness.telemetry import document, markdown, plain, shown

    for problem in shown.problems(report):
        output.note(problem)
    if args.json:
        output.print_json(document.document(report, rows=args.rows))
        if not report.samples:
            output.note(shown.NO_SAMPLES)
        return
    for line in (markdown if args.markdown else plain).lines(report, rows=args.rows):
        output.line(line)
