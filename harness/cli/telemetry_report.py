"""`harness telemetry report`: the telemetry as a page, a picture and a summary."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output, telemetry_sources
from harness.cli.telemetry_replay import limits
from harness.errors import DONE, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.telemetry.report.picked import Picked

SUMMARY = "show the telemetry: one HTML page, an SVG for a README, Markdown for a job summary"
DEFAULT_OUTPUT = "telemetry-report.html"
SCHEMA = "harness.telemetry-report/1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    telemetry_sources.add_paths_argument(parser)
    parser.add_argument(
        "--output",
        metavar="FILE",
        help=f"the page (default: {DEFAULT_OUTPUT}, without --svg and --markdown); - prints it",
    )
    parser.add_argument(
        "--svg", metavar="FILE", help="predicted against actual tokens as a picture; - prints it"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown for a job summary")
    form.add_argument("--json", action="store_true", help="print one JSON document about what was made")
    parser.add_argument("--force", action="store_true", help="write over files that aren't reports, too")
    parser.add_argument("--max-smape", metavar="X", help="the gate: mean SMAPE must be below X percent")
    telemetry_sources.add_selection_arguments(parser)
    telemetry_sources.add_runs_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Write and print what is asked for; a missed gate is shown, and is no failure of this command."""
    from harness.telemetry import shown
    from harness.telemetry.report.summary import lines
    from harness.telemetry.report.writing import require_ours

    _require_one_printed(args)
    wanted = _wanted(args)
    _require_apart([name for name, _, _ in wanted])
    for name, mark, _ in wanted:
        if name != "-":
            require_ours(Path(name), mark, force=args.force)
    picked = _picked(args)
    for problem in shown.problems(picked.report):
        output.note(problem)
    written = [_put(name, make(picked)) for name, _, make in wanted]
    for line in lines(picked) if args.markdown else ():
        output.line(line)
    if args.json:
        output.print_json(_document(picked, written))
    return DONE


def _wanted(args: argparse.Namespace) -> list[tuple[str, str, Callable[[Picked], str]]]:
    """Each file to make: its name, the mark of its kind, and what makes it."""
    from harness.telemetry.report.page import MARK as PAGE
    from harness.telemetry.report.page import page
    from harness.telemetry.report.picture import MARK as PICTURE
    from harness.telemetry.report.picture import picture

    kinds = ((_page_name(args), PAGE, page), (args.svg, PICTURE, picture))
    return [(name, mark, make) for name, mark, make in kinds if name is not None]


def _page_name(args: argparse.Namespace) -> str | None:
    if args.output is None and not (args.svg or args.markdown):
        return DEFAULT_OUTPUT
    name: str | None = args.output
    return name


def _require_one_printed(args: argparse.Namespace) -> None:
    printed = [
        name
        for name, is_printed in (
            ("--output -", args.output == "-"),
            ("--svg -", args.svg == "-"),
            ("--markdown", args.markdown),
            ("--json", args.json),
        )
        if is_printed
    ]
    if len(printed) > 1:
        raise UsageError(
            "conflicting-options",
            f"{' and '.join(printed)} all print to standard output",
            "leave all but one of them out, or name files",
        )


def _require_apart(names: Sequence[str]) -> None:
    if len({Path(name).absolute() for name in names}) < len(names):
        raise UsageError(
            "conflicting-options", f"page and picture are both to be {names[0]}", "name two files"
        )


def _put(name: str, content: str) -> tuple[str, int]:
    from harness.telemetry.report.writing import write

    data = content.encode("utf-8")
    if name == "-":
        output.raw_bytes(data)
    else:
        write(Path(name), content)
        output.note(f"harness: {name} written, {len(data):,} bytes")
    return name, len(data)


def _picked(args: argparse.Namespace) -> Picked:
    from harness.telemetry.report.picked import ROOM, Picked, pick

    report, now = telemetry_sources.replayed(args, limits(args)), datetime.now(UTC)
    if report.listed:
        return pick(report, report.rows, now=now)
    from harness.telemetry.replay import replay
    from harness.telemetry.report.large import last_rows

    rows = last_rows(telemetry_sources.paths(args), ROOM)
    last = replay(rows, [], report.profile, report.options)
    picked = pick(last, last.rows, now=now)
    beyond = max(0, report.valid - report.excluded["duplicates"] - len(picked.rows))
    return Picked(report, picked.rows, last.rows, beyond, "the last of each file", now)


def _document(picked: Picked, written: Sequence[tuple[str, int]]) -> dict[str, object]:
    report = picked.report
    return {
        "schema": SCHEMA,
        "samples": report.samples,
        "valid": report.valid,
        "listed": len(picked.rows),
        "gates_missed": [gate.name for gate in report.gates if not gate.passed],
        "files": [{"path": name, "bytes": size} for name, size in written],
    }
