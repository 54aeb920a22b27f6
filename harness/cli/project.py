"""What most commands begin with: the repository around the current folder, and its plan."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.plan import Plan

PLAN_FILE = "plan.toml"


def add_plan_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--plan", metavar="FILE", help=f"the plan (default: {PLAN_FILE} at the repository's root)"
    )


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def repository() -> Repository:
    """The repository around the current folder."""
    here = _current_folder()
    from harness.git.repository import discover

    return discover(here)


def any_repository() -> Repository:
    """The same, bare ones too, whose `root` is their git directory: for what reads objects and refs only."""
    here = _current_folder()
    from harness.git.opening import open_repository

    return open_repository(here)


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError("no-repository", "the current folder is gone", "change to another one") from None


def require_sound(user: Repository) -> None:
    """UsageError `damaged-repository` where git can't read all of the repository; asked before long work."""
    from harness.git.damage import damage

    found = damage(user.root)
    if found is not None:
        raise found


def settled_repository() -> Repository:
    """The repository, with every seal finished that a killed command left open."""
    from harness.cli import output
    from harness.git.seal import roll_forward

    user = repository()
    for remark in roll_forward(user):
        output.note(remark)
    warn_of_left_out(user)
    return user


def warn_of_left_out(user: Repository) -> None:
    """Say which approvals, diagnoses and unlanded attempts can't be read: they are passed over."""
    from harness.cli import output
    from harness.git.records import LEFT_OUT
    from harness.git.refs import list_refs

    if any(ref.startswith(LEFT_OUT) for ref in list_refs(user.git, "refs/harness/")):
        from harness.phase.odd_records import left_out

        for line in left_out(user):
            output.note(line)


def file_path(user: Repository, named: str) -> Path:
    """The file a person named: seen from the current folder, or else from the repository's root."""
    here = Path(named).absolute()
    # Not Path.exists, which raises for a name that is too long.
    return here if os.path.exists(here) else user.root / named  # noqa: PTH110


def plan_path(user: Repository, named: str | None) -> Path:
    """Where the plan is: plan.toml at the root unless named otherwise."""
    return file_path(user, named) if named else user.root / PLAN_FILE


def plan_option(named: str | None) -> str:
    """` --plan FILE` for a command that is suggested, where the plan isn't the usual one."""
    return f" --plan {shlex.quote(named)}" if named else ""


def has_plan(user: Repository, named: str | None) -> bool:
    """Whether something stands where the plan should be, readable or not, that can be read repeatedly."""
    path = plan_path(user, named)
    return os.path.lexists(path) and not (named and path.is_fifo())


def load(user: Repository, named: str | None) -> tuple[Plan, Path]:
    """The plan and its path; UsageError where it can't be read or isn't valid."""
    from harness.plan import load_plan

    path = plan_path(user, named)
    return load_plan(path, named or PLAN_FILE, by_user=named is not None), path


def valid_run(run: str) -> str:
    """A run's id as given on the command line; UsageError `invalid-run` where it can't be one."""
    from harness.plan import valid_id

    try:
        return valid_id(run)
    except ValueError as error:
        raise UsageError("invalid-run", f"{run!r} is no run: {error}", "see `harness status`") from None


def require_known_run(user: Repository, named: str | None, run: str) -> None:
    """UsageError `no-such-run` for a run that nothing is recorded of, and that isn't the plan's."""
    from harness.git.ledger import ledger_runs

    planned = load(user, named)[0].run.id if has_plan(user, named) else None
    runs = ledger_runs(user)
    if run != planned and run not in runs:
        known = ", ".join(sorted({*runs, *([planned] if planned else [])})) or "none yet"
        raise UsageError("no-such-run", f"there is no run {run!r}", f"runs there are: {known}")


def the_run(user: Repository, named: str | None, run: str | None) -> str:
    """The run a command is about: as named, else the plan's, else the only one there is."""
    from harness.git.ledger import ledger_runs

    if run:
        return valid_run(run)
    if has_plan(user, named):
        return load(user, named)[0].run.id
    runs = ledger_runs(user)
    if len(runs) == 1:
        return runs[0]
    if not runs:
        begin = "begin one: harness init, or harness plan new"
        raise UsageError("which-run", "there is no plan here, and no run is recorded", begin)
    raise UsageError("which-run", "name the run", f"runs recorded here: {', '.join(runs)}")
