"""`harness check`: judge edits; no ref moves, no file is written."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE, REFUSED, UNUSABLE, UsageError

if TYPE_CHECKING:
    from harness.check import CheckResult
    from harness.git.repository import Repository
    from harness.plan import Phase
    from harness.policy.model import Rules

EXIT_CODES = {"accepted": DONE, "refused": REFUSED, "unusable": UNUSABLE}
FORMATS = ("auto", "ndjson", "unified-diff")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", nargs="?", default="-", metavar="INPUT", help="a reply; - is standard input")
    project.add_plan_argument(parser)
    parser.add_argument("--phase", metavar="PHASE", help="judge as this phase of the plan")
    parser.add_argument("--scope", action="append", metavar="GLOB", help="add to what may change")
    parser.add_argument("--protected", action="append", metavar="GLOB", help="add to what may not")
    parser.add_argument("--base", metavar="REV", help="what the edits are made on (default: HEAD)")
    parser.add_argument("--format", choices=FORMATS, default="auto", help="what the reply has to be")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.repository()
    reply = _read(user, arguments.input)
    base = user.resolve(arguments.base) if arguments.base else user.head()
    rules, phase = _rules(user, arguments, base)
    from harness.check import check

    result = check(user, base, reply, rules, phase)
    if arguments.format not in ("auto", result.built.format) and result.decision != "unusable":
        raise UsageError(
            "other-format",
            f"the reply is {result.built.format}, not {arguments.format}",
            "leave --format out to have it detected",
        )
    if arguments.json:
        output.print_json(result.as_json())
    else:
        _print(result)
    return EXIT_CODES[result.decision]


def _read(user: Repository, named: str) -> bytes:
    from harness.edits.limits import DEFAULT_LIMITS

    limit = DEFAULT_LIMITS.reply_bytes + 1  # more would be refused anyway
    if named == "-":
        return sys.stdin.buffer.read(limit)
    try:
        with project.file_path(user, named).open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise UsageError(
            "unreadable-input",
            f"can't read {named}: {error.strerror}",
            "name a file, or - for standard input",
        ) from None


def _rules(user: Repository, arguments: argparse.Namespace, base: str) -> tuple[Rules, Phase | None]:
    """The rules of the phase, or the repository's alone, with what the command line adds."""
    import dataclasses

    from harness.phase.context import (
        read_base_config,
        read_checkout_config,
        rules_for,
        rules_without_phase,
    )

    config = read_base_config(user, base, read_checkout_config(user)).config
    phase, rules = None, rules_without_phase(config)
    if arguments.phase:
        plan, path = project.load(user, arguments.plan)
        phase = plan.find(arguments.phase)
        rules = rules_for(user, config, plan, phase, path)
    protected = (*rules.protected, *(arguments.protected or ()))
    added = tuple(arguments.scope or ())
    scope = (*(rules.scope or ()), *added) if added else rules.scope
    return dataclasses.replace(rules, protected=protected, scope=scope), phase


_STYLES = {"accepted": "32;1", "refused": "31;1", "unusable": "31;1"}


def _print(result: CheckResult) -> None:
    count = len(result.changes)
    what = f"{count} path{'s' if count != 1 else ''} changed ({result.built.format})"
    output.raw_line(f"{output.styled(result.decision, _STYLES[result.decision])}: {what}")
    for change in result.changes:
        output.line(f"  {change.status} {change.path}")
    for violation in result.violations:
        where = f"{violation.path}: " if violation.path else ""
        output.line(f"  {where}{violation.message} [{violation.code}]")
        if violation.hint:
            output.line(f"    {violation.hint}")
    for repair in result.built.repairs:
        output.line(f"  repaired: {repair.name} {repair.detail}".rstrip())
    if result.built.truncated:
        output.line("  the reply was cut; only its complete operations count")
