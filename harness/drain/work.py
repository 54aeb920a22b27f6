"""One phase as work that can be sent elsewhere: plain values in, a plain answer out."""

from __future__ import annotations

import signal
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.cli import output
from harness.errors import HarnessError
from harness.git.repository import discover
from harness.phase.documents import PhaseDocument
from harness.phase.invocation import Invocation, PhaseOptions
from harness.phase.run import run_phase
from harness.plan import load_plan


@dataclass(frozen=True, slots=True)
class PhaseWork:
    """A phase to be run: where the repository is, which plan, which phase of it.

    No further attempt is begun once the file `stop` exists. With `label` every line names the phase.
    """

    repository: str
    plan: str
    phase: str
    stop: str
    base: str | None = None
    agent: str | None = None
    label: bool = False


@dataclass(frozen=True, slots=True)
class PhaseAnswer:
    """What became of it: the phase's document, or the code, message and hint of what stood in its way."""

    document: PhaseDocument | None
    error: tuple[str, str, str] | None = None


def run_work(work: PhaseWork) -> PhaseAnswer:
    """Run the phase to its end; expected failures are part of the answer."""
    user = discover(Path(work.repository))
    plan = load_plan(Path(work.plan), work.plan)
    options = PhaseOptions(Path(work.plan), base=work.base, agent=work.agent, stop=Path(work.stop).exists)

    def say(text: str) -> None:
        output.note(f"{work.phase}: {text}" if work.label else text)

    try:
        return PhaseAnswer(run_phase(Invocation(user, plan, plan.find(work.phase), options, say)))
    except HarnessError as error:
        return PhaseAnswer(None, (error.code, error.message, error.hint))


def leave_interrupts_to_parent() -> None:
    """For a worker: a Ctrl-C at the terminal reaches everybody, and only one may decide what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


class InlineExecutor(Executor):
    """An executor that does the work at once, here: one phase at a time needs no other process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future
