"""`harness show`: a phase's attempts in full, or one evidence file of one attempt."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE, UsageError
from harness.wording import counted

if TYPE_CHECKING:
    from harness.git.ledger import LedgerEntry
    from harness.phase.documents import AttemptDocument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="[RUN/]PHASE", help="a phase, of the plan's run unless named")
    parser.add_argument("--attempt", type=int, metavar="N", help="this attempt alone")
    parser.add_argument("--file", metavar="NAME", help="print an evidence file of the last, or that, attempt")
    project.add_plan_argument(parser)
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    named, _, phase = arguments.what.rpartition("/")
    name = project.the_run(user, arguments.plan, named or None)
    from harness.git.ledger import ledger_ref, read_ledger
    from harness.phase.history import ATTEMPT_FILE, recorded_attempt

    entries = [e for e in read_ledger(user, name, phase) if ATTEMPT_FILE in e.files]
    ref = ledger_ref(name, phase)
    chosen = _choose(ref, entries, arguments.attempt, f"{name}/{phase}")
    if arguments.file:
        return _print_file(chosen[-1], arguments.file)
    attempts = [recorded_attempt(ref, entry) for entry in chosen]
    if arguments.json:
        documents = [attempt.model_dump(mode="json") for attempt in attempts]
        files = [sorted(entry.files) for entry in chosen]
        output.print_json(
            {
                "schema": "harness.show/1",
                "run": name,
                "phase": phase,
                "attempts": documents,
                "files": files,
            }
        )
        return DONE
    output.line(f"{name}/{phase}: {counted(len(entries), 'attempt')}")
    for entry, attempt in zip(chosen, attempts, strict=True):
        _print_attempt(attempt)
        output.line(f"  evidence {entry.oid[:12]}: {', '.join(sorted(entry.files))}")
    return DONE


def _choose(ref: str, entries: list[LedgerEntry], number: int | None, what: str) -> list[LedgerEntry]:
    from harness.phase.history import recorded_attempt

    chosen = [e for e in entries if number is None or recorded_attempt(ref, e).number == number]
    if not chosen:
        wanted = f"attempt {number} of {what}" if number is not None else what
        raise UsageError("nothing-recorded", f"nothing is recorded for {wanted}", "see `harness status`")
    return chosen


def _print_file(entry: LedgerEntry, name: str) -> int:
    if name not in entry.files:
        raise UsageError(
            "no-such-evidence",
            f"there is no {name} in this attempt",
            f"it has: {', '.join(sorted(entry.files))}",
        )
    output.raw_bytes(entry.files[name])
    return DONE


def _print_attempt(attempt: AttemptDocument) -> None:
    from harness.phase.answer import failed_tests, violation_line

    output.line()
    output.line(f"attempt {attempt.number}: {attempt.outcome}, {attempt.started}, {attempt.duration:.1f} s")
    output.line(
        f"  base {attempt.base[:12]}  commit {(attempt.commit or 'none')[:12]}  edits {attempt.format}"
    )
    for gate in attempt.gates:
        output.line(f"  {gate.name:12} {gate.state}{f': {gate.reason}' if gate.reason else ''}")
    for violation in attempt.violations:
        output.line(f"  - {violation_line(violation)}")
    tests, tokens = attempt.tests, attempt.tokens
    output.line(
        f"  tests {tests.status}: {tests.passed} passed, {failed_tests(tests)}, {tests.skipped} skipped"
        f"{f' ({tests.why})' if tests.why else ''}"
    )
    if tests.interpreter:
        output.line(f"  with Python {tests.python}: {tests.interpreter}")
    actual = "unknown" if tokens.actual is None else tokens.actual
    output.line(f"  tokens predicted {tokens.predicted}, used {actual}, budget {tokens.budget}")
    for warning in attempt.warnings:
        output.line(f"  note: {warning}")
