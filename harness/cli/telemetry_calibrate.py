"""`harness telemetry calibrate`: a new estimator profile, fitted to samples."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output, telemetry_sources
from harness.cli.project import add_json_argument
from harness.cli.telemetry_profile import chosen_profile
from harness.errors import DONE, NOT_COMPLETE, UsageError

if TYPE_CHECKING:
    from harness.telemetry.calibration.calibrate import Calibration
    from harness.telemetry.sample import Sample

SUMMARY = "fit an estimator profile to samples; written only if it is better"
DEFAULT_OUTPUT = "telemetry/calibrated.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    telemetry_sources.add_paths_argument(parser)
    telemetry_sources.add_runs_argument(parser)
    parser.add_argument(
        "--profile", metavar="NAME", help="the profile to be better than (default: that of harness.toml)"
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        help=f"a new file for the profile (default: {DEFAULT_OUTPUT} of the project)",
    )
    parser.add_argument("--include-backfill", action="store_true", help="count rows made from history, too")
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Fit, compare, and write or refuse."""
    from harness.telemetry.calibration import document
    from harness.telemetry.calibration.calibrate import calibrate
    from harness.telemetry.calibration.profile_file import profile_text
    from harness.telemetry.new_file import require_new, write_new

    target = _target(args.output)
    require_new(target)
    current = chosen_profile(args.profile)
    made = calibrate(
        _samples(args),
        current,
        target.stem,
        include_backfill=args.include_backfill,
        now=datetime.now(UTC),
    )
    if made.profile is not None:
        write_new(target, profile_text(made.profile))
    if args.json:
        output.print_json(document.document(made, current, str(target)))
    else:
        for line in document.lines(made, current, str(target), _setting(target)):
            output.line(line)
    return _ending(made)


def _ending(made: Calibration) -> int:
    if made.refusal is None:
        return DONE
    output.note(f"harness: not calibrated: {made.refusal.reason} [{made.refusal.code}]")
    return NOT_COMPLETE


def _target(name: str | None) -> Path:
    from harness.telemetry import files
    from harness.telemetry.profile import profile_names

    target = Path(name) if name is not None else files.project_folder() / DEFAULT_OUTPUT
    if target.suffix != ".toml":
        raise UsageError(
            "file-not-written",
            f"{target} doesn't end in .toml, by which harness.toml knows a profile's file",
            f"name it for example {DEFAULT_OUTPUT}",
        )
    if target.stem in profile_names():
        raise UsageError(
            "packaged-profile",
            f"{target.stem!r} is the name of a profile that comes with the harness",
            f"name the file for example {DEFAULT_OUTPUT}",
        )
    return target


def _setting(target: Path) -> str | None:
    """The file as seen from the project's folder, which is what harness.toml names it by."""
    from harness.telemetry import files

    try:
        return target.resolve().relative_to(files.project_folder().resolve()).as_posix()
    except ValueError:
        return None


def _samples(args: argparse.Namespace) -> list[Sample]:
    """The samples of the rows read, each attempt once; what isn't a row is reported."""
    from harness.telemetry.problems import gathered, joined
    from harness.telemetry.selection import deduplicate
    from harness.telemetry.shown import problem_lines

    rows, problems = telemetry_sources.read(args, telemetry_sources.paths(args))
    kept, _, conflicts = deduplicate(rows)
    for line in problem_lines(joined((problems, gathered(conflicts)))):
        output.note(line)
    return [row.sample for row in kept]
