"""`harness plan show`: a plan in the order it runs, with what it will take."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping
from typing import Any

from harness.cli import output, project
from harness.errors import DONE
from harness.wording import counted

SUMMARY = "the order of phases, what each waits for and may change, and the tokens it will take"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `plan show`."""
    project.add_plan_argument(parser)
    parser.add_argument("--base", metavar="REV", help="what a new run would begin with (default: HEAD)")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the plan with its problems; that it has some is no error here."""
    from harness.planning.forecast import plan_document
    from harness.planning.problems import plan_problems
    from harness.planning.soundness import plan_rules

    user = project.repository()
    plan, path = project.load(user, arguments.plan)
    problems = plan_problems(plan, plan_rules(user, plan, path, arguments.base))
    name = arguments.plan or project.PLAN_FILE
    document = plan_document(user, plan, name, problems, arguments.base)
    if arguments.json:
        output.print_json(document)
    else:
        _print(document)
    return DONE


def _print(document: Mapping[str, Any]) -> None:
    phases, tokens = document["phases"], document["tokens"]
    count = counted(len(phases), "phase")
    output.line(f"run {document['run']} ({document['type']}): {count}, {_expected(tokens)}")
    limit = document["limits"].get("run_tokens")
    if limit is not None:
        over = ", less than that" if limit < tokens["budget"] else ""
        output.line(f"  limit    {limit} output tokens for the run{over}")
    for row in phases:
        output.line()
        _print_phase(row)
    if not document["problems"]:
        return
    output.line()
    output.line("problems:")
    for problem in document["problems"]:
        output.line(f"  phase {problem['phase']!r}: {problem['message']} [{problem['code']}]")
        output.line(f"    hint: {problem['hint']}")


def _print_phase(row: Mapping[str, Any]) -> None:
    tier = f" ({row['tier']})" if row["tier"] else ""
    output.line(f"{row['order']:3}. {row['phase']}{tier}")
    for line in textwrap.wrap(" ".join(row["goal"].split()), 92)[:3]:
        output.line(f"     {line}")
    _item("after", row["depends_on"])
    _item("makes", row["deliverables"])
    if row["scope"] != row["deliverables"]:
        _item("changes", row["scope"])
    _item("requires", row["required_tests"])
    agent = f"agent {row['agent']}, " if row["agent"] else ""
    kind = f"{row['complexity']} {row['category']}"
    attempts = f"at most {counted(row['max_attempts'], 'attempt')}"
    output.line(f"     {agent}{kind}, {attempts}, {_expected(row['tokens'])}")
    for remark in row["remarks"]:
        output.line(f"     note: {remark}")


def _item(label: str, values: list[str]) -> None:
    if values:
        output.line(f"     {label:8} {', '.join(values)}")


def _expected(tokens: Mapping[str, int]) -> str:
    return f"{tokens['predicted']} tokens expected of a budget of {tokens['budget']}"
