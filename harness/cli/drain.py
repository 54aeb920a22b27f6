"""`harness drain`: every phase of a plan that can run."""

from __future__ import annotations

import argparse
import signal
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import BLOCKED, DONE, INTERRUPTED, NOT_COMPLETE, UsageError

if TYPE_CHECKING:
    from harness.drain.documents import DrainDocument

_STYLES = {"complete": "32", "waiting": "33", "blocked": "33", "queued": "0"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    project.add_plan_argument(parser)
    parser.add_argument("--base", metavar="REV", help="what a new run begins with (default: HEAD)")
    parser.add_argument("--agent", metavar="NAME", help="an agent of harness.toml, in place of the phases'")
    parser.add_argument("--max-phases", type=int, metavar="N", help="stop after so many phases")
    parser.add_argument(
        "--stop-on-failure", action="store_true", help="stop at the first that isn't complete"
    )
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.max_phases is not None and arguments.max_phases < 1:
        raise UsageError("wrong-usage", "--max-phases must be at least 1", "leave it out for all")
    user = project.settled_repository()
    plan, path = project.load(user, arguments.plan)
    from harness.drain.loop import DrainOptions, drain

    options = DrainOptions(
        plan_path=path,
        stop=_stop_at_signal(),
        base=arguments.base,
        agent=arguments.agent,
        max_phases=arguments.max_phases,
        stop_on_failure=arguments.stop_on_failure,
    )
    document = drain(user, plan, options, output.note)
    if arguments.json:
        output.print_json(document.as_json())
    else:
        _print(document)
    return _exit_code(document)


class _Stop:
    """Whether a stop was asked for; asked for twice, it is an interruption."""

    asked = False

    def __call__(self) -> bool:
        return self.asked

    def ask(self, _number: int, _frame: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        output.note("stopping after the attempt that is under way; once more stops at once")


def _stop_at_signal() -> _Stop:
    stop = _Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop.ask)
    return stop


def _exit_code(document: DrainDocument) -> int:
    if document.stop_reason == "complete":
        return DONE
    if document.stop_reason == "interrupted":
        return INTERRUPTED
    return NOT_COMPLETE if any(phase.ran for phase in document.phases) else BLOCKED


def _print(document: DrainDocument) -> None:
    complete = sum(phase.state == "complete" for phase in document.phases)
    reason = f": {document.reason}" if document.reason else ""
    output.line(f"run {document.run}: {complete} of {len(document.phases)} phases complete")
    output.line(f"stopped, {document.stop_reason}{reason}")
    width = max((len(phase.phase) for phase in document.phases), default=0)
    for phase in document.phases:
        state = output.styled(f"{phase.state:9}", _STYLES.get(phase.state, "31"))
        made = f"{phase.attempts} attempt{'s' if phase.attempts != 1 else ''}"
        tail = f"{(phase.commit or '')[:10]:10}  {made:10}  {phase.tokens:7} tokens  {phase.reason}".rstrip()
        output.raw_line(f"  {phase.phase:{width}}  {state}  {output.printable(tail)}")
    if complete:
        output.line(f"  look     harness diff {document.run}")
