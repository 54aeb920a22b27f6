"""One phase as work that can be sent elsewhere: plain values in, a plain answer out."""

from __future__ import annotations

import functools
import time
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.cli import output
from harness.diagnosis.acting import Course, course_after
from harness.errors import BlockedError, HarnessError
from harness.git.repository import Repository, discover
from harness.phase.invocation import Invocation, PhaseOptions
from harness.phase.owner import this_process
from harness.phase.run import run_phase

if TYPE_CHECKING:
    from harness.phase.documents import PhaseDocument
    from harness.plan import Plan


@dataclass(frozen=True, slots=True)
class PhaseWork:
    """A phase to be run: where the repository is, which plan, which phase of it.

    The plan is as the drain read it: what is written to its file meanwhile is for the next drain. No further
    attempt is begun once the file `stop` exists. With `label` every line names the phase. With `remote` it
    is claimed and landed there, too, in place of the dead claim `replaces`. `seconds` is what the run's time
    budget has left.
    """

    repository: str
    plan: Plan
    plan_path: str
    phase: str
    stop: str
    base: str | None = None
    agent: str | None = None
    label: bool = False
    remote: str | None = None
    replaces: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class PhaseAnswer:
    """What became of it: the phase's document, or the code, message and hint of what stood in its way.

    `exit_code` tells how serious that is.

    `action` is what a diagnosis wants beside: "skip" and "replan" concern the phase, "stop" the drain.
    `owner` is the process that did it, as its claims name it.
    """

    document: PhaseDocument | None
    error: tuple[str, str, str] | None = None
    exit_code: int = 0
    action: Literal["", "replan", "skip", "stop"] = ""
    owner: str = ""


@functools.lru_cache(maxsize=4)
def _opened(path: str) -> Repository:
    """The repository; a worker that does many phases opens it once, and reads what never changes once."""
    return discover(Path(path))


def run_work(work: PhaseWork) -> PhaseAnswer:
    """Run the phase to its end; expected failures are part of the answer."""
    try:
        answer = _work_through(_invocation(work))
    except HarnessError as error:
        answer = PhaseAnswer(None, (error.code, error.message, error.hint), error.exit_code)
    return replace(answer, owner=str(this_process()))


def _invocation(work: PhaseWork) -> Invocation:
    options = PhaseOptions(
        Path(work.plan_path),
        base=work.base,
        agent=work.agent,
        stop=Path(work.stop).exists,
        wait=False,
        remote=work.remote,
        replaces=work.replaces,
        drain=True,
        seconds=work.seconds,
    )

    def say(text: str) -> None:
        output.note(f"{work.phase}: {text}" if work.label else text)

    return Invocation(_opened(work.repository), work.plan, work.plan.find(work.phase), options, say)


def _work_through(invocation: Invocation) -> PhaseAnswer:
    """Run the phase, and once more for every diagnosis that gives it another chance."""
    began = time.monotonic()
    ended = run_phase(invocation)
    attempts, course = ended.attempts, Course()
    while ended.outcome != "complete":
        left = _with_time_left(invocation, began)
        course = course_after(left, ended)
        if course.action != "again":
            break
        try:
            ended = run_phase(_with_time_left(invocation, began))
        except BlockedError as error:
            invocation.progress(f"not tried again: {error.message} [{error.code}]")
            break
        attempts += ended.attempts
    ended = ended.model_copy(update={"attempts": attempts})
    if course.action == "" or course.action == "again":
        return PhaseAnswer(ended)
    outcome = "blocked" if course.action == "replan" else ended.outcome
    reason = f"{_SAID[course.action]}: {course.reason}"
    return PhaseAnswer(ended.model_copy(update={"outcome": outcome, "reason": reason}), action=course.action)


_SAID = {"replan": "waits for an approval", "skip": "skipped by a diagnosis", "stop": "a diagnosis says stop"}


def _with_time_left(invocation: Invocation, began: float) -> Invocation:
    seconds = invocation.options.seconds
    if seconds is None:
        return invocation
    left = max(seconds - (time.monotonic() - began), 0.001)
    return replace(invocation, options=replace(invocation.options, seconds=left))


class InlineExecutor(Executor):
    """An executor that does the work at once, here: one phase at a time needs no other process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future
