"""Where telemetry commands read: files, folders and, where asked for, the branches of runs."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output

if TYPE_CHECKING:
    from harness.telemetry.problems import Problems
    from harness.telemetry.reader import Row
    from harness.telemetry.replay import Other, Report

FOLDER = "telemetry"


def add_paths_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help=f"files, folders with *.ndjson files, or - for standard input (default: {FOLDER})",
    )


def add_runs_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", action="store_true", help="read the telemetry of harness/* branches, too")


def add_selection_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--include-synthetic", action="store_true", help="count test and synthetic rows, too")
    parser.add_argument("--include-backfill", action="store_true", help="count rows made from history, too")


def replayed(
    arguments: argparse.Namespace, limits: Mapping[str, float | None] | None = None, *, rows: bool = False
) -> Report:
    """The replay the arguments ask for, without gates unless there are `limits`; `rows`: keep each row.

    A large input is not kept row by row, unless every row is wanted or branches are read, too.
    """
    from harness.telemetry import files, replay
    from harness.telemetry.profile import load_profile

    settings = files.load_settings(files.project_folder())
    options = replay.Options(
        limits or {},
        arguments.include_synthetic,
        arguments.include_backfill,
    )
    profile, named = load_profile(settings.profile, files.project_folder()), paths(arguments)
    other = _other(arguments)
    if not rows and not arguments.runs and files.is_large(named):
        from harness.telemetry.scan.replayed import replay_files

        return replay_files(named, profile, options, other)
    found, problems = read(arguments, named)
    return replay.replay(found, problems, profile, options, other)


def _other(arguments: argparse.Namespace) -> Other | None:
    ref = getattr(arguments, "compare", None)
    if ref is None:
        return None
    from harness.cli import project
    from harness.telemetry.past_profile import profile_at
    from harness.telemetry.replay import Other

    commit, profile = profile_at(project.any_repository(), ref)
    return Other(ref, commit, profile)


def paths(arguments: argparse.Namespace) -> list[Path]:
    """The files named, else those of the project's folder `telemetry`, which may not be there yet."""
    from harness.telemetry import files

    if arguments.paths:
        found = files.telemetry_files(arguments.paths)
        if not found:
            output.note(f"harness: no *.ndjson file is below {', '.join(arguments.paths)}")
        return found
    folder = files.project_folder() / FOLDER
    if not os.path.lexists(folder):
        output.note(f"harness: there is no {folder}, so there are no samples yet")
        return []
    return files.telemetry_files([str(folder)])


def read(arguments: argparse.Namespace, named: Sequence[Path]) -> tuple[list[Row], Problems]:
    """The rows of the files, and of the branches where `--runs` asks for them."""
    from harness.telemetry import files

    rows, problems = files.read_files(named)
    if not arguments.runs:
        return rows, problems
    from harness.cli import project
    from harness.git.run_telemetry import branch_files
    from harness.telemetry.branches import further_rows
    from harness.telemetry.problems import gathered, joined

    more, refused = further_rows(rows, branch_files(project.any_repository()), problems.listed)
    return rows + more, joined((problems, gathered(refused)))
