"""`harness telemetry replay`: predictions held against what was used."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from harness.cli import output, telemetry_sources
from harness.errors import DONE, NOT_COMPLETE

if TYPE_CHECKING:
    from harness.telemetry.replay import Report

SUMMARY = "hold recorded predictions, and today's, against what was used"


def add_arguments(replay: argparse.ArgumentParser) -> None:
    telemetry_sources.add_paths_argument(replay)
    form = replay.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--markdown", action="store_true", help="print Markdown for a job summary")
    replay.add_argument("--rows", action="store_true", help="every row, too")
    replay.add_argument("--max-smape", metavar="X", help="the gate: mean SMAPE must be below X percent")
    telemetry_sources.add_selection_arguments(replay)
    replay.add_argument("--compare", metavar="REF", help="today's profile beside that of another commit")
    telemetry_sources.add_runs_argument(replay)


def run(args: argparse.Namespace) -> int:
    """Replay, print, and answer whether every gate was passed."""
    report = telemetry_sources.replayed(args, limits(args), rows=args.rows)
    _print(report, args)
    missed = [gate for gate in report.gates if not gate.passed]
    for gate in missed:
        output.note(f"harness: gate missed: {gate.reason} [gate-missed]")
    return NOT_COMPLETE if missed else DONE


def limits(args: argparse.Namespace) -> dict[str, float | None]:
    """The gates' limits: those of the project's harness.toml, and `--max-smape`."""
    from harness.telemetry import files, gates

    settings = files.load_settings(files.project_folder())
    found: dict[str, float | None] = settings.gates.model_dump()
    if args.max_smape is not None:
        found["mean_smape"] = gates.parse_limit(args.max_smape)
    return found


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
