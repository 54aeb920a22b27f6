"""`harness telemetry coverage`: how far the samples are from the sampling targets."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output, project, telemetry_sources
from harness.errors import DONE, UsageError

if TYPE_CHECKING:
    from harness.plan import Plan
    from harness.telemetry.coverage import Gap
    from harness.telemetry.profile import Profile
    from harness.telemetry.suggestion import Candidate, Suggestion

SUMMARY = "how far the samples are from the targets, and which phases would get nearer"

_NO_CHECKOUT = ("no-repository", "bare-repository")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    telemetry_sources.add_paths_argument(parser)
    telemetry_sources.add_runs_argument(parser)
    telemetry_sources.add_selection_arguments(parser)
    project.add_json_argument(parser)
    parser.add_argument("--suggest", action="store_true", help="name the phases that fill the most gaps")
    project.add_plan_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    from harness.telemetry import coverage, coverage_shown, shown

    report = telemetry_sources.replayed(arguments)
    found = coverage.coverage(report)
    suggestions = _suggestions(arguments, report.profile, found.gaps) if _has_plan(arguments) else None
    for problem in shown.problems(report):
        output.note(problem)
    if arguments.json:
        document = coverage.document(found, report)
        if arguments.suggest:
            document["suggestions"] = suggestions and list(map(coverage_shown.as_json, suggestions))
        output.print_json(document)
    else:
        for line in coverage_shown.lines(found, suggestions):
            output.line(line)
    return DONE


def _has_plan(arguments: argparse.Namespace) -> bool:
    """Whether there is something to suggest from, where that is asked for; a plan named must be there."""
    if not arguments.suggest or arguments.plan is not None:
        return bool(arguments.suggest)
    folder = _plan_folder()
    found = os.path.lexists(folder / project.PLAN_FILE)
    if not found:
        where = "" if folder == Path() else f" in {folder}"
        output.note(
            f"harness: there is no {project.PLAN_FILE}{where}, so there is no phase to suggest; name a plan "
            "with --plan FILE, or begin one: harness plan new"
        )
    return found


def _plan_folder() -> Path:
    """Where the plan is looked for: the repository's root, else the current folder."""
    try:
        return project.repository().root
    except UsageError as error:
        if error.code not in _NO_CHECKOUT:
            raise
        return Path()


def _suggestions(arguments: argparse.Namespace, profile: Profile, gaps: tuple[Gap, ...]) -> list[Suggestion]:
    from harness.telemetry.suggestion import suggest

    return suggest(_candidates(arguments, profile), gaps)


def _candidates(arguments: argparse.Namespace, profile: Profile) -> list[Candidate]:
    """The phases of the plan still to be done, in its order; without a repository, all of them."""
    from harness.telemetry.coverage import category_of
    from harness.telemetry.measures import bucket
    from harness.telemetry.suggestion import Candidate

    plan, states = _plan_and_states(arguments)
    return [
        Candidate(
            phase=phase.id,
            state=states.get(phase.id, "queued"),
            category=category_of(profile.canonical(phase.category)),
            complexity=phase.complexity,
            deliverables=bucket(len(phase.deliverables)),
        )
        for phase in plan.phase
        if states.get(phase.id) not in ("complete", "skipped")
    ]


def _plan_and_states(arguments: argparse.Namespace) -> tuple[Plan, dict[str, str]]:
    from harness.plan import load_plan

    try:
        user = project.repository()
        user.head()
    except UsageError as error:
        if error.code not in (*_NO_CHECKOUT, "unborn-head"):
            raise
        named = arguments.plan or project.PLAN_FILE
        return load_plan(Path(named), named), {}
    from harness.phase.overview import overview

    plan, _ = project.load(user, arguments.plan)
    return plan, {row.phase: row.state for row in overview(user, plan.run.id, plan)}
