"""`harness run-phase`: one phase of a plan, all its attempts."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import BLOCKED, DONE, NOT_COMPLETE, REFUSED, UNUSABLE, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from harness.git.repository import Repository
    from harness.phase.documents import AttemptDocument, PhaseDocument, TestsDocument

EXIT_CODES = {
    "complete": DONE,
    "failed": NOT_COMPLETE,
    "refused": REFUSED,
    "unusable": UNUSABLE,
    "blocked": BLOCKED,
}
_STYLES = {
    "complete": "32;1",
    "failed": "31;1",
    "refused": "31;1",
    "unusable": "31;1",
    "blocked": "33;1",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("phase", metavar="PHASE", help="the phase's id")
    project.add_plan_argument(parser)
    parser.add_argument("--base", metavar="REV", help="what a new run begins with (default: HEAD)")
    parser.add_argument("--agent", metavar="NAME", help="an agent of harness.toml, in place of the phase's")
    parser.add_argument("--response", metavar="FILE", help="a reply that stands in for the agent's")
    parser.add_argument("--again", action="store_true", help="redo a phase that is complete")
    parser.add_argument("--dry-run", action="store_true", help="one attempt, and nothing is recorded")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.repository()
    project.require_sound(user)
    project.warn_of_left_out(user)
    plan, path = project.load(user, arguments.plan)
    phase = plan.find(arguments.phase)
    from harness.git.refs import read_ref
    from harness.git.repository import branch_of
    from harness.phase.invocation import Invocation, PhaseOptions
    from harness.phase.run import run_phase
    from harness.planning.soundness import problems_of_phase

    # One phase by itself is tried all the same: what it makes is judged, whatever the plan hopes for.
    for problem in problems_of_phase(user, plan, path, phase, arguments.base):
        output.note(f"harness: {problem.line}")
    options = PhaseOptions(
        plan_path=path,
        base=arguments.base,
        agent=arguments.agent,
        response=_response(user, arguments.response),
        again=arguments.again,
        dry_run=arguments.dry_run,
    )
    document = run_phase(Invocation(user, plan, phase, options, output.note))
    if arguments.json:
        output.print_json(document.as_json())
    else:
        has_branch = read_ref(user.git, branch_of(document.run)) is not None
        _print(document, project.plan_option(arguments.plan), has_branch=has_branch)
    return EXIT_CODES[document.outcome]


def _response(user: Repository, named: str | None) -> Path | None:
    if named is None:
        return None
    path = project.file_path(user, named)
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise UsageError(
            "unreadable-response",
            f"can't read {named}: {error.strerror}",
            "name a file that holds a reply",
        ) from None
    return path


def _print(document: PhaseDocument, plan: str, *, has_branch: bool) -> None:
    outcome = output.styled(document.outcome, _STYLES[document.outcome])
    output.raw_line(f"{output.printable(document.run)}/{output.printable(document.phase)}: {outcome}")
    if document.reason:
        output.line(f"  {document.reason}")
    for attempt in document.attempts:
        _print_attempt(attempt)
    if document.dry_run:
        output.line("  dry run: nothing was recorded")
    elif document.commit:
        output.line(f"  commit   {document.commit[:12]}{f' on {document.branch}' if has_branch else ''}")
        if has_branch:  # else it was dropped, and what is complete was merged before
            output.line(f"  look     harness diff {document.run}")
            output.line(f"  keep     git merge {document.branch}")
    elif document.attempts:
        if _waits_for_approval(document):
            output.line(f"  look     harness diff {document.run}/{document.phase}")
            approve = f"harness approve {document.phase} --reason TEXT{plan}"
            output.line(f"  let pass {approve}, then run it again")
        output.line(f"  evidence harness show {document.run}/{document.phase}")


def _waits_for_approval(document: PhaseDocument) -> bool:
    from harness.phase.approval import waits_for_approval

    return waits_for_approval(document.attempts[-1])


def _print_attempt(attempt: AttemptDocument) -> None:
    from harness.phase.answer import failed_tests

    tests, tokens = attempt.tests, attempt.tokens
    counts = f"{tests.passed} passed, {failed_tests(tests)}{_lost(tests)}" if tests.total else tests.why
    used = "unknown," if tokens.actual is None else f"{tokens.actual} used of"
    output.line(
        f"  attempt {attempt.number}: {attempt.outcome}, tests {tests.status}"
        f"{f' ({counts})' if counts else ''}, tokens {used} {tokens.predicted} predicted"
    )
    for warning in attempt.warnings:
        output.line(f"    note: {warning}")


def _lost(tests: TestsDocument) -> str:
    """What else can be held against tests none of which failed."""
    counts = {"gone": len(tests.delta.removed), "skipped now": len(tests.delta.newly_skipped)}
    return "".join(f", {count} {what}" for what, count in counts.items() if count)
