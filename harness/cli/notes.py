"""`harness notes`: show a commit's test report, look after all of them, say them to git-appraise."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from harness.cli import output, project
from harness.errors import DONE, NOT_COMPLETE, UsageError

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.notes_doctor.examine import Examination


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="notes_command", metavar="COMMAND", required=True)

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about, allow_abbrev=False)

    show = add("show", "the test report and CI lines of a commit")
    show.add_argument("revision", nargs="?", default="HEAD", metavar="REV", help="default: HEAD")
    project.add_json_argument(show)
    doctor = add("doctor", "what is wrong with the notes; reports that lost their commit")
    doctor.add_argument("--fix", action="store_true", help="make the settings and copy the reports found")
    project.add_json_argument(doctor)
    appraise = add("appraise", "write the results as git-appraise reads them")
    project.add_json_argument(appraise)


def run(arguments: argparse.Namespace) -> int:
    return {"show": _show, "doctor": _doctor, "appraise": _appraise}[arguments.notes_command](arguments)


def _doctor(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    from harness.notes_doctor.examine import examine, fix

    seen = examine(user)
    if arguments.fix:
        fix(user, seen)
    if arguments.json:
        output.print_json(seen.as_json(fixed=arguments.fix))
    else:
        _print_examination(seen, arguments.fix)
    left = seen.unsure or any(not (finding.fixable and arguments.fix) for finding in seen.findings)
    return NOT_COMPLETE if left or (seen.found and not arguments.fix) else DONE


def _print_examination(seen: Examination, fixed: bool) -> None:
    for finding in seen.findings:
        done = " (done)" if fixed and finding.fixable else ""
        output.line(f"{finding.message} [{finding.code}]{done}")
        if not done:
            output.line(f"  hint: {finding.hint}")
    for one in seen.found:
        verb = "attached to" if fixed else "belongs to"
        for key, same in zip(one.attempts, one.same_work, strict=True):
            about = "" if same else ", but of another tree"
            output.line(f"report {key} {verb} {one.commit[:12]} {one.subject!r}: by {one.method}{about}")
    for unsure in seen.unsure:
        choices = ", ".join(map(str, unsure.attempts))
        output.line(f"{unsure.commit[:12]} {unsure.subject!r} could have the report of any of {choices}:")
        output.line(f"  by {unsure.method}; nothing is done about it [report-unsure]")
    if seen.is_well:
        output.line("the notes are well")
    elif seen.found and not fixed:
        output.note("nothing was changed; --fix copies the reports to these commits")


def _appraise(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    from harness.notes_doctor.appraise import APPRAISE_NOTES, write_appraise

    commits = write_appraise(user)
    if arguments.json:
        output.print_json({"schema": "harness.notes-appraise/1", "ref": APPRAISE_NOTES, "commits": commits})
    else:
        output.line(f"{APPRAISE_NOTES} has the results of {commits} commits")
    return DONE


def _show(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    from harness.git.landed import work_of
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
    work = work_of(user.objects, commit)
    for report in reports:
        _print_report(report, _is_of(user, work, report))
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


def _is_of(user: Repository, work: str, report: dict[str, Any]) -> bool:
    """Whether a report is of this work, or its tree is not here to tell."""
    from harness.git.landed import work_of

    tree = str(report.get("harness", {}).get("tree"))
    return len(tree) != 40 or tree not in user.objects or work_of(user.objects, tree) == work


def _print_report(report: dict[str, Any], is_of_commit: bool) -> None:
    about = report.get("harness", {})
    summary = {k: v for k, v in report.get("summary", {}).items() if k not in ("total", "collected")}
    counts = ", ".join(f"{count} {name}" for name, count in summary.items()) or "no tests"
    output.line(f"{about.get('run')}/{about.get('phase')} attempt {about.get('attempt')}: {counts}")
    output.line(
        f"  tree {about.get('tree')}  exit code {report.get('exitcode')}  {report.get('duration', 0):.2f} s"
    )
    if not is_of_commit:
        output.line("  of another tree than this commit's: `harness notes doctor` found it for this commit")
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
