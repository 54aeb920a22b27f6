"""`harness telemetry coverage`: how far the samples are from the sampling targets."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from harness.cli import output, project, telemetry_sources
from harness.errors import DONE

if TYPE_CHECKING:
    from harness.plan import Plan
    from harness.telemetry.coverage import Gap
    from harness.telemetry.profile import Profile
    from harness.telemetry.suggestion import Candidate, Suggestion

SUMMARY = "how far the samples are from the targets, and which phases would get nearer"


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
    suggestions = _suggestions(arguments, report.profile, found.gaps) if arguments.suggest else None
    for problem in shown.problems(report):
        output.note(problem)
    if arguments.json:
        document = coverage.document(found, report)
        if suggestions is not None:
            document["suggestions"] = [coverage_shown.as_json(suggestion) for suggestion in suggestions]
        output.print_json(document)
    else:
        for line in coverage_shown.lines(found, suggestions):
            output.line(line)
    return DONE


def _suggestions(arguments: argparse.Namespace, profile: Profile, gaps: tuple[Gap, ...]) -> list[Suggestion]:
    from harness.telemetry.suggestion import suggest

    return suggest(_candidates(arguments, profile), gaps)


def _candidates(arguments: argparse.Namespace, profile: Profile) -> list[Candidate]:
    """The phases of the plan that aren't complete, in its order; without a repository, all of them."""
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
        if states.get(phase.id) != "complete"
    ]


def _plan_and_states(arguments: argparse.Namespace) -> tuple[Plan, dict[str, str]]:
    from pathlib import Path

    from harness.errors import UsageError
    from harness.plan import load_plan

    try:
        user = project.repository()
        user.head()
    except UsageError as error:
        if error.code not in ("no-repository", "unborn-head"):
            raise
        named = arguments.plan or project.PLAN_FILE
        return load_plan(Path(named), named), {}
    from harness.phase.overview import overview

    plan, _ = project.load(user, arguments.plan)
    return plan, {row.phase: row.state for row in overview(user, plan.run.id, plan)}
