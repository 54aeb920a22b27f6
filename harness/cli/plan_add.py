"""`harness plan add`: one more phase at the end of a plan."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli import output, project
from harness.errors import DONE, UsageError

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.plan import Plan

SUMMARY = "add a phase to a plan; what stands there stays as it is"

# Each option as argparse knows it, the key of the phase it sets.
_TEXTS = ("category", "complexity", "tier", "agent")
_LISTS = {
    "deliverable": "deliverables",
    "scope": "scope",
    "context": "context",
    "depends_on": "depends_on",
    "test": "tests",
    "required_test": "required_tests",
    "allow_test": "allow_tests",
    "allow": "allow",
}
_COMPLEXITIES = ("low", "medium", "high", "maintenance")
_NUMBERS = ("max_attempts", "budget", "timeout")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `plan add`; every one of a list can be repeated."""
    parser.add_argument("phase", metavar="PHASE", help="the new phase's id")
    parser.add_argument("--goal", required=True, metavar="TEXT", help="what the agent is told to do")
    _list(parser, "--deliverable", "PATH", "a file that must be there in the end, or a folder/")
    parser.add_argument("--category", metavar="NAME", help="for the estimate (default: implementation)")
    parser.add_argument("--complexity", choices=_COMPLEXITIES, help="for the estimate (default: medium)")
    parser.add_argument("--tier", metavar="LABEL", help="a label; it orders nothing")
    parser.add_argument("--agent", metavar="NAME", help="an agent of harness.toml")
    parser.add_argument("--max-attempts", type=int, metavar="N", help="in one invocation (default: 3)")
    parser.add_argument("--budget", type=int, metavar="TOKENS", help="output tokens it may use")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="for one attempt")
    _list(parser, "--scope", "GLOB", "what it may change (default: its deliverables)")
    _list(parser, "--context", "PATH", "a file the agent is told to read")
    _list(parser, "--depends-on", "PHASE", "a phase that must be complete before")
    _list(parser, "--test", "PATH", "what pytest is given (default: the project's)")
    parser.add_argument("--no-tests", action="store_true", help="no tests, a recorded choice")
    _list(parser, "--required-test", "ID", "a test that must exist and pass")
    _list(parser, "--allow-test", "PATH", "a test file it may weaken or remove")
    _list(parser, "--allow", "PATH", "an exact protected path it may change; maintenance runs only")
    parser.add_argument("--allow-noop", action="store_true", help="changing nothing may be right")
    project.add_plan_argument(parser)
    project.add_json_argument(parser)


def _list(parser: argparse.ArgumentParser, option: str, metavar: str, about: str) -> None:
    parser.add_argument(option, action="extend", nargs="+", default=[], metavar=metavar, help=about)


def run(arguments: argparse.Namespace) -> int:
    """Add the phase if the plan is valid with it; else nothing changes."""
    from harness.git.locks import hold, lock_folder
    from harness.planning.writing import change_plan, readable_plan, with_phase

    user = project.repository()
    table = phase_table(arguments)
    path, name = project.plan_path(user, arguments.plan), arguments.plan or project.PLAN_FILE

    def change(data: bytes) -> bytes:
        whole, plan = with_phase(data, table, name)
        _require_sound(user, plan, path)
        return whole

    lock = lock_folder(user.common_dir) / "plan.lock"
    if not lock.exists():
        change(readable_plan(path, name)[1])  # what is refused makes no lock
    with hold(lock):
        change_plan(path, name, change)
    if arguments.json:
        run_id = project.load(user, arguments.plan)[0].run.id
        output.print_json(
            {"schema": "harness.plan-change/1", "path": name, "run": run_id, "phase": table["id"]}
        )
    else:
        output.line(f"added    {table['id']} to {name}")
        output.line(f"look     harness plan show{project.plan_option(arguments.plan)}")
    return DONE


def phase_table(arguments: argparse.Namespace) -> dict[str, Any]:
    """The phase's TOML table: what was given on the command line, in the order people write it."""
    if not arguments.deliverable:
        raise UsageError(
            "wrong-usage", "a phase needs at least one --deliverable PATH", "harness plan add -h"
        )
    if arguments.no_tests and arguments.test:
        raise UsageError("wrong-usage", "--test and --no-tests contradict each other", "give one of them")
    _require_paths(arguments.deliverable)
    values = vars(arguments)
    table: dict[str, Any] = {"id": arguments.phase, "goal": arguments.goal}
    table |= {key: values[key] for key in _TEXTS if values[key] is not None}
    table |= {key: values[option] for option, key in _LISTS.items() if values[option]}
    table |= {key: values[key] for key in _NUMBERS if values[key] is not None}
    if arguments.no_tests:
        table["tests"] = "none"
    if arguments.allow_noop:
        table["allow_noop"] = True
    return table


def _require_paths(deliverables: list[str]) -> None:
    """A plan's author may write prose there and be told; here a path is meant, and nothing else."""
    from harness.deliverables import read_deliverables

    for text in deliverables:
        try:
            paths, _ = read_deliverables([text])
        except ValueError as error:
            raise UsageError("deliverable-not-a-path", f"--deliverable {error}", _PATH_HINT) from None
        if paths not in ((text,), (text.strip("`"),)):
            why = f"would be read as {paths[0]}" if paths else "is no path"
            raise UsageError("deliverable-not-a-path", f"--deliverable {text!r} {why}", _PATH_HINT)


_PATH_HINT = (
    "name a file as seen from the repository's root; a folder ends in /; put a name with blanks in backticks"
)


def _require_sound(user: Repository, plan: Plan, path: Path) -> None:
    """What is wrong with other phases is theirs; the new one must be one that can be carried out."""
    from harness.planning.problems import plan_problems
    from harness.planning.soundness import plan_rules, refuse

    added = plan.phase[-1].id
    problems = plan_problems(plan, plan_rules(user, plan, path))
    refuse([problem for problem in problems if added in (problem.phase, problem.other)], path.name)
