"""`harness drain`: every phase of a plan that can run."""

from __future__ import annotations

import argparse
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import BLOCKED, DONE, INTERRUPTED, NOT_COMPLETE, UsageError
from harness.scratch import scratch_folder
from harness.wording import counted

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from harness.drain.documents import DrainDocument, DrainedPhase
    from harness.git.repository import Repository
    from harness.plan import Plan

_STYLES = {"complete": "32", "waiting": "33", "blocked": "33", "queued": "0"}
_MOST_WARNINGS = 3
# Seconds within which a signal is the first once more: `timeout` sends it to the process and to its group.
_SAME_SIGNAL = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    project.add_plan_argument(parser)
    parser.add_argument("--base", metavar="REV", help="what a new run begins with (default: HEAD)")
    parser.add_argument("--agent", metavar="NAME", help="an agent of harness.toml, in place of the phases'")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="phases side by side (default: 1)")
    parser.add_argument("--max-phases", type=int, metavar="N", help="stop after so many phases")
    parser.add_argument(
        "--stop-on-failure", action="store_true", help="stop at the first that isn't complete"
    )
    parser.add_argument(
        "--remote", metavar="REMOTE", help="share the run with other clones of a remote, phase by phase"
    )
    parser.add_argument("--wait", action="store_true", help="stay as long as anybody else works on the run")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.max_phases is not None and arguments.max_phases < 1:
        raise UsageError("wrong-usage", "--max-phases must be at least 1", "leave it out for all")
    if not 1 <= arguments.jobs <= 64:
        raise UsageError("wrong-usage", "--jobs must be between 1 and 64", "harness drain --jobs 4")
    user = project.settled_repository()
    project.require_sound(user)
    plan, path = project.load(user, arguments.plan)
    from harness.git.refs import read_ref
    from harness.planning.soundness import require_sound_plan

    require_sound_plan(user, plan, path, arguments.base)
    with scratch_folder() as folder:
        stop = _stop_at_signal(folder / "stop")
        document = _drain(user, plan, path, stop, arguments)
    if arguments.json:
        output.print_json(document.as_json())
    else:
        _print(document, has_branch=read_ref(user.git, f"refs/heads/{document.branch}") is not None)
    return _exit_code(document)


def _drain(
    user: Repository, plan: Plan, path: Path, stop: Path, arguments: argparse.Namespace
) -> DrainDocument:
    from harness.cli.drain_view import drain_view
    from harness.drain.loop import drain
    from harness.drain.options import DrainOptions
    from harness.git.remotes import choose_remote

    remote = choose_remote(user, arguments.remote) if arguments.remote is not None else None
    options = DrainOptions(
        plan_path=path.absolute(),
        stop=stop,
        base=arguments.base,
        agent=arguments.agent,
        jobs=arguments.jobs,
        max_phases=arguments.max_phases,
        stop_on_failure=arguments.stop_on_failure,
        remote=remote,
        wait=arguments.wait,
    )
    executor = _executor(arguments.jobs)
    try:
        with drain_view(user, plan) as tell:
            document = drain(user, plan, options, tell, executor)
    except BaseException:
        _end_workers(executor)
        raise
    executor.shutdown()
    return document


def _executor(jobs: int) -> Executor:
    from harness.drain.work import InlineExecutor

    if jobs == 1:
        return InlineExecutor()
    from harness.drain.workers import WorkerPool

    return WorkerPool()


def _end_workers(executor: Executor) -> None:
    """End every worker at once; what they had begun isn't recorded, and can be begun again."""
    import multiprocessing

    for child in multiprocessing.active_children():
        child.kill()
    executor.shutdown(wait=False, cancel_futures=True)


def _stop_at_signal(file: Path) -> Path:
    """The file that comes to be when a stop is asked for; asked for twice, it is an interruption."""
    asked: list[float] = []

    def ask(_number: int, _frame: object) -> None:
        if asked and time.monotonic() - asked[0] >= _SAME_SIGNAL:
            raise KeyboardInterrupt
        if asked:
            return
        asked.append(time.monotonic())
        file.touch()
        output.note("stopping after the attempts that are under way; once more stops at once")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return file


def _exit_code(document: DrainDocument) -> int:
    if document.stop_reason == "complete":
        return DONE
    if document.stop_reason == "interrupted":
        return INTERRUPTED
    return NOT_COMPLETE if any(phase.ran for phase in document.phases) else BLOCKED


def _print(document: DrainDocument, *, has_branch: bool) -> None:
    complete = sum(phase.state == "complete" for phase in document.phases)
    reason = f": {document.reason}" if document.reason else ""
    output.line(f"run {document.run}: {complete} of {len(document.phases)} phases complete")
    output.line(f"stopped, {document.stop_reason}{reason}")
    width = max((len(phase.phase) for phase in document.phases), default=0)
    for phase in document.phases:
        state = output.styled(f"{phase.state:9}", _STYLES.get(phase.state, "31"))
        made = counted(phase.attempts, "attempt")
        tokens = phase.tokens or "-"
        tail = f"{(phase.commit or '')[:10]:10}  {made:10}  {tokens:>7} tokens  {phase.reason}".rstrip()
        output.raw_line(f"  {phase.phase:{width}}  {state}  {output.printable(tail)}")
        _print_warnings(document.run, phase)
    if complete and has_branch:
        output.line(f"  look     harness diff {document.run}")
        if document.stop_reason == "complete":
            output.line(f"  keep     git merge {document.branch}")


def _print_warnings(run: str, phase: DrainedPhase) -> None:
    for warning in phase.warnings[:_MOST_WARNINGS]:
        output.line(f"    note: {warning}")
    if len(phase.warnings) > _MOST_WARNINGS:
        more = counted(len(phase.warnings) - _MOST_WARNINGS, "more note")
        output.line(f"    {more}: harness show {run}/{phase.phase}")
