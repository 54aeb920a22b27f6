"""`harness fix`: a governed command on a phase's last candidate, or a judgement of many commands."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from harness.cli import output, project
from harness.errors import DONE, NOT_COMPLETE, REFUSED, UsageError

if TYPE_CHECKING:
    from harness.fixes.govern import FixRequest, Governed
    from harness.git.repository import Repository

_CODES = {"kept": DONE, "unchanged": DONE, "refused": REFUSED, "failed": NOT_COMPLETE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "command_line",
        nargs="*",
        metavar="COMMAND",
        help="behind --: a program and its arguments, or shell text",
    )
    parser.add_argument("--run", metavar="RUN", help="the phase's run (default: the plan's)")
    parser.add_argument("--phase", metavar="PHASE", help="whose last candidate is mended")
    parser.add_argument("--type", choices=("git", "file", "python"), help="what the fix was declared as")
    parser.add_argument("--run-type", choices=("project_build", "maintenance"), help="without a phase")
    parser.add_argument("--verify", metavar="TEXT", help="a command that must end well afterwards")
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="for each command")
    parser.add_argument("--dry-run", action="store_true", help="decide only; nothing is run or recorded")
    parser.add_argument(
        "--check",
        metavar="INPUT",
        help="judge the commands of a file of JSON lines, - for standard input; nothing is run",
    )
    project.add_plan_argument(parser)
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.check is not None:
        return _check_input(arguments.check)
    _require_outside()
    user = project.settled_repository()
    from harness.git.refs import require_ref_files

    require_ref_files(user.git)  # git would be asked about all refs
    if not arguments.timeout > 0:
        raise UsageError("wrong-usage", "--timeout must be above 0", "harness fix --timeout 600 -- COMMAND")
    governed = _governed(user, arguments)
    if arguments.json:
        output.print_json(_document(governed))
    else:
        _print(governed)
    if governed.fix.decision == "refused":
        return REFUSED
    return _CODES[governed.result.outcome] if governed.result else DONE


def _require_outside() -> None:
    from harness.process.inside import is_inside_phase

    if is_inside_phase():
        raise UsageError(
            "inside-phase",
            "fixes are asked for from outside: this was started by an agent, a test or a fix of a phase",
            "make the change itself, it is judged like any other",
        )


def _governed(user: Repository, arguments: argparse.Namespace) -> Governed:
    """What became of the fix; of a phase it is asked for once nobody else works on that."""
    from harness.fixes.govern import govern, held_for_fix
    from harness.fixes.requests import phase_fix, plain_fix
    from harness.phase.invocation import Invocation, PhaseOptions

    command, say = _command(arguments.command_line), output.note
    if arguments.phase is None and arguments.run is None:
        run_type = arguments.run_type or "project_build"
        return govern(_with_options(plain_fix(user, command, run_type, arguments.type), arguments), say)
    plan, path = project.load(user, arguments.plan)
    invocation = Invocation(user, plan, plan.find(_required_phase(arguments)), PhaseOptions(path), say)
    _require_agreement(arguments, plan.run.id, plan.run.type)
    with held_for_fix(user, plan.run.id, invocation.phase.id, say):
        return govern(_with_options(phase_fix(invocation, command, arguments.type), arguments), say)


def _with_options(request: FixRequest, arguments: argparse.Namespace) -> FixRequest:
    from dataclasses import replace

    return replace(request, verify=arguments.verify, timeout=arguments.timeout, dry_run=arguments.dry_run)


def _required_phase(arguments: argparse.Namespace) -> str:
    if arguments.phase is None:
        raise UsageError("wrong-usage", "--run needs --phase", "name the phase, or leave both out")
    return str(arguments.phase)


def _require_agreement(arguments: argparse.Namespace, run: str, run_type: str) -> None:
    """What the command line says of the run must be what the plan says: it is no way around it."""
    if arguments.run not in (None, run):
        raise UsageError(
            "other-run", f"the plan is of run {run}, not {arguments.run}", "name its --plan FILE"
        )
    if arguments.run_type not in (None, run_type):
        raise UsageError(
            "other-run-type",
            f"run {run} is of type {run_type}, not {arguments.run_type}",
            "leave --run-type out",
        )


def _command(words: list[str]) -> str | tuple[str, ...]:
    """One word with blanks or signs of a shell in it is shell text; anything else a program's arguments."""
    if len(words) == 1 and not words[0].replace("-", "").replace("_", "").replace("/", "").isalnum():
        return words[0]
    return tuple(words)


def _document(governed: Governed) -> dict[str, object]:
    fix = governed.fix.model_dump(mode="json")
    result = governed.result.model_dump(mode="json") if governed.result else None
    if result is not None:
        result.pop("schema_")
    return {"schema": fix.pop("schema_"), **fix, "result": result}


def _print(governed: Governed) -> None:
    fix, result = governed.fix, governed.result
    if fix.decision == "refused":
        output.line(f"refused: {fix.reason} [{fix.code}]")
        if fix.safe_alternative:
            output.line(f"  instead: {fix.safe_alternative}")
        return
    if result is None:
        output.line("allowed; dry run: nothing was run or recorded")
        return
    for line in governed.log.splitlines():
        output.note(line)
    output.line(f"allowed; {result.outcome}{f': {result.reason}' if result.reason else ''}")
    for path in result.changes:
        output.line(f"  {path}")
    for violation in result.violations:
        where = f"{violation.path}: " if violation.path else ""
        output.line(f"  {where}{violation.message} [{violation.code}]")
    for change in result.checkout_changes:
        output.line(f"  changed in your checkout meanwhile: {change.name} ({change.change})")
    if result.outcome == "kept":
        output.line(f"  look     git diff {result.base[:12]} {(result.commit or '')[:12]}")
        if fix.phase:
            output.line(f"  next     harness run-phase {fix.phase}")


def _check_input(named: str) -> int:
    if named == "-":
        return check(sys.stdin.buffer)
    try:
        with Path(named).open("rb") as file:
            return check(file)
    except OSError as error:
        raise UsageError(
            "unreadable-input",
            f"can't read {named}: {error.strerror}",
            "name a file, or - for standard input",
        ) from None


def check(source: BinaryIO) -> int:
    """Answer every line in order, refused ones too; blank lines are passed over.

    The exit code is 0 whatever was decided. Raises UsageError `unusable-requests`, exit 2, after the answers,
    where there were lines and none of them could be read.
    """
    from harness.commands.requests import answer

    asked = usable = 0
    for line in _lines(source):
        if line.strip():
            answered = answer(line)
            asked, usable = asked + 1, usable + answered.usable
            output.raw_line(json.dumps(answered.as_json(), ensure_ascii=True))
    if asked and not usable:
        raise UsageError(
            "unusable-requests",
            f"none of the {asked} lines asks about a command",
            'write one JSON object a line: {"command": "git status", "run_type": "project_build"}',
        )
    return DONE


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """Lines, each cut just past what a line may have; what follows in a line too long is dropped."""
    from harness.commands.requests import MAX_LINE_BYTES

    while line := source.readline(MAX_LINE_BYTES + 1):
        yield line
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE_BYTES)
