"""`harness telemetry backfill`: samples from the repository's own history, for a first calibration."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.cli.telemetry_profile import chosen_profile
from harness.errors import DONE, UsageError

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.telemetry.backfill.history import History
    from harness.telemetry.profile import Profile

SUMMARY = "make samples from the repository's own commits, to calibrate with on the first day"
DEFAULT_OUTPUT = "telemetry/backfill.ndjson"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", metavar="N", default="5000", help="the newest N commits (default: 5000)")
    parser.add_argument("--since", metavar="REV", help="only commits this one doesn't have")
    parser.add_argument("--until", metavar="REV", default="HEAD", help="up to this commit (default: HEAD)")
    parser.add_argument(
        "--profile", metavar="NAME", help="the profile that predicts (default: that of harness.toml)"
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        help=f"a new file for the rows (default: {DEFAULT_OUTPUT} of the project; a bare repository has "
        "none); - prints them",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document about what was made")


def run(args: argparse.Namespace) -> int:
    """Walk, estimate, write; commits that give no sample are counted by reason."""
    from harness.telemetry.new_file import require_new, write_new
    from harness.telemetry.sample import encode_row

    if args.json and args.output == "-":
        raise UsageError(
            "conflicting-options",
            "--json and --output - both print to standard output",
            "leave one of them out",
        )
    limit = _limit(args.limit)
    user = project.any_repository()
    target = None if args.output == "-" else _target(args.output, user)
    if target is not None:
        require_new(target)
    history = _history(args, user, limit)
    rows = "".join(encode_row(sample) for sample in history.samples)
    if target is None:
        output.raw_bytes(rows.encode("ascii"))
    elif rows:
        write_new(target, rows)
    _tell(args, history, target)
    return DONE


def _history(args: argparse.Namespace, user: Repository, limit: int) -> History:
    from harness.telemetry.backfill.history import backfill_history

    profile = _profile(args, user)
    looked_at = output.counting("looked at", "commits")
    return backfill_history(
        user, profile, until=args.until, since=args.since, limit=limit, looked_at=looked_at
    )


def _profile(args: argparse.Namespace, user: Repository) -> Profile:
    """The profile asked for; in a bare repository else the one the newest commit of the walk chose."""
    if args.profile is None and _is_bare(user):
        from harness.telemetry.past_profile import profile_at

        return profile_at(user, args.until)[1]
    return chosen_profile(args.profile)


def _is_bare(user: Repository) -> bool:
    return user.root == user.common_dir


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise UsageError("bad-limit", f"--limit {text!r} is not a number of commits", "give one above 0")
    return int(text)


def _target(name: str | None, user: Repository) -> Path:
    from harness.telemetry import files

    if name is not None:
        return Path(name)
    if _is_bare(user):
        raise UsageError(
            "bare-repository",
            f"{user.root} has no checkout, and so no place for {DEFAULT_OUTPUT}",
            "name a file with --output FILE, or print the rows with --output -",
        )
    return files.project_folder() / DEFAULT_OUTPUT


def _tell(args: argparse.Namespace, history: History, target: Path | None) -> None:
    from harness.telemetry.backfill.document import document, lines

    if args.json:
        output.print_json(document(history, str(target)))
        return
    for line in lines(history, target):
        (output.note if target is None else output.line)(line)
