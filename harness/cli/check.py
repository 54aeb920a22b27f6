"""`harness check`: judge edits; no ref moves, no file is written."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE, REFUSED, UNUSABLE, UsageError
from harness.wording import counted, ranges

if TYPE_CHECKING:
    from harness.check import CheckResult
    from harness.config import Config
    from harness.git.repository import Repository
    from harness.plan import Phase
    from harness.policy.model import Rules

EXIT_CODES = {"accepted": DONE, "refused": REFUSED, "unusable": UNUSABLE}
FORMATS = ("auto", "ndjson", "unified-diff", "codex-patch", "search-replace", "whole-file")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", nargs="?", default="-", metavar="INPUT", help="a reply; - is standard input")
    project.add_plan_argument(parser)
    parser.add_argument("--phase", metavar="PHASE", help="judge as this phase of the plan")
    parser.add_argument("--scope", action="append", metavar="GLOB", help="add to what may change")
    parser.add_argument("--protected", action="append", metavar="GLOB", help="add to what may not")
    parser.add_argument("--base", metavar="REV", help="what the edits are made on (default: HEAD)")
    parser.add_argument("--format", choices=FORMATS, default="auto", help="what the reply has to be")
    parser.add_argument("--strict", action="store_true", help="take edits as they stand, repair nothing")
    parser.add_argument("--truncated", action="store_true", help="the agent said that it was cut off")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.repository()
    base = user.resolve(arguments.base) if arguments.base else user.head()
    from harness.phase.context import read_base_config, read_checkout_config

    config = read_base_config(user, base, read_checkout_config(user)).config
    limits = config.edits.limits()
    reply = _read(user, arguments.input, limits.reply_bytes + 1)  # more would be refused anyway
    rules, phase = _rules(user, arguments, config)
    from harness.check import Reading, check

    named = None if arguments.format == "auto" else arguments.format
    reading = Reading(limits, arguments.strict or config.edits.strict, arguments.truncated, named)
    result = check(user, base, reply, rules, phase, reading)
    if arguments.json:
        output.print_json(result.as_json())
    else:
        _print(result)
    return EXIT_CODES[result.decision]


def _read(user: Repository, named: str, limit: int) -> bytes:
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


def _rules(user: Repository, arguments: argparse.Namespace, config: Config) -> tuple[Rules, Phase | None]:
    """The rules of the phase, or the repository's alone, with what the command line adds."""
    import dataclasses

    from harness.phase.context import rules_for, rules_without_phase

    phase, rules = None, rules_without_phase(config)
    if arguments.phase:
        plan, path = project.load(user, arguments.plan)
        phase = plan.find(arguments.phase)
        rules = rules_for(user, config, plan, phase, path)
    protected = (*rules.protected, *(arguments.protected or ()))
    added = tuple(arguments.scope or ())
    scope = (*(rules.scope or ()), *added) if added else rules.scope
    return dataclasses.replace(rules, protected=protected, scope=scope), phase


_MOST_SHOWN = 50
_STYLES = {"accepted": "32;1", "refused": "31;1", "unusable": "31;1"}


def _print(result: CheckResult) -> None:
    count = len(result.changes)
    changed = f"{counted(count, 'path')} changed, " if result.tree else ""
    decision = output.styled(result.decision, _STYLES[result.decision])
    form = "no known format" if result.built.format == "unknown" else result.built.format
    output.raw_line(f"{decision}: {changed}{form}")
    for change in result.changes:
        output.line(f"  {change.status} {change.path}")
    for violation in result.violations[:_MOST_SHOWN]:
        where = f"{violation.path}: " if violation.path else ""
        output.line(f"  {where}{violation.message} [{violation.code}]")
        for line in violation.hint.splitlines():
            output.line(f"    {line}")
    if (left := len(result.violations) - _MOST_SHOWN) > 0:
        output.line(f"  and {counted(left, 'more reason')}; --json has all of them")
    for repair in result.built.repairs:
        output.line(f"  repaired: {repair.told()}")
    for line in _account(result):
        output.line(f"  {line}")


def _account(result: CheckResult) -> list[str]:
    """What became of the operations, where that isn't plain from the changes."""
    from harness.candidate import NotBuilt

    told = []
    if result.built.truncated:
        more = f"; {result.remaining} of those announced are missing" if result.remaining else ""
        told.append(f"the reply was cut; only its complete operations count{more}")
    if isinstance(result.built, NotBuilt):
        good = result.built.good
        others = f"; by themselves, operations {ranges(good)} would apply" if good else ""
        told.append(f"nothing was built{others}")
    elif result.built.skipped:
        told.append(f"skipped, as they change nothing: operations {ranges(result.built.skipped)}")
    return told
