"""`harness notes show`: the test report and CI lines of a commit."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from harness.cli import output, project
from harness.errors import DONE, UsageError

if TYPE_CHECKING:
    from harness.git.repository import Repository


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="notes_command", metavar="COMMAND", required=True)
    show = commands.add_parser("show", help="the test report and CI lines of a commit")
    show.add_argument("revision", nargs="?", default="HEAD", metavar="REV")
    project.add_json_argument(show)


def run(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    from harness.git.notes import CI_NOTES, PYTEST_NOTES, read_note

    commit = _tested_commit(user, arguments.revision)
    reports = _lines(read_note(user, PYTEST_NOTES, commit))
    results = _lines(read_note(user, CI_NOTES, commit))
    if not reports and not results:
        raise UsageError(
            "no-notes",
            f"{arguments.revision} ({commit[:12]}) has no test report",
            "phase commits have one: git log --notes=harness/ci harness/<run>",
        )
    if arguments.json:
        output.print_json({"schema": "harness.notes/1", "commit": commit, "pytest": reports, "ci": results})
        return DONE
    output.line(f"commit {commit}")
    for report in reports:
        _print_report(report)
    if not reports:
        for line in results:
            output.line(f"  {json.dumps(line)}")
    return DONE


def _tested_commit(user: Repository, revision: str) -> str:
    """The commit a revision means: for the telemetry commits a run ends in, the tested one before them."""
    commit = user.resolve(revision)
    while user.trailer(commit, "Run-Id") and not user.trailer(commit, "Phase-Id"):
        parent = user.parent(commit)
        if parent is None:
            break
        commit = parent
    return commit


def _lines(note: bytes | None) -> list[dict[str, Any]]:
    """The JSON objects of a note; blank lines and what isn't one are passed over."""
    found = []
    for line in (note or b"").split(b"\n"):
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict):
            found.append(document)
    return found


def _print_report(report: dict[str, Any]) -> None:
    about = report.get("harness", {})
    summary = {k: v for k, v in report.get("summary", {}).items() if k not in ("total", "collected")}
    counts = ", ".join(f"{count} {name}" for name, count in summary.items()) or "no tests"
    output.line(f"{about.get('run')}/{about.get('phase')} attempt {about.get('attempt')}: {counts}")
    output.line(
        f"  tree {about.get('tree')}  exit code {report.get('exitcode')}  {report.get('duration', 0):.2f} s"
    )
    for test in report.get("tests", []):
        mark = {"passed": "32", "failed": "31", "error": "31"}.get(test.get("outcome"), "33")
        outcome = output.styled(f"{test.get('outcome'):8}", mark)
        output.raw_line(f"  {outcome} {output.printable(str(test.get('nodeid')))}")
        _print_crash(test)


def _print_crash(test: dict[str, Any]) -> None:
    for stage in ("setup", "call", "teardown"):
        crash = (test.get(stage) or {}).get("crash")
        if crash:
            output.line(f"           {str(crash.get('message', '')).splitlines()[0]}")
