"""A drain under way, put together from its events and lines. Pure: whoever feeds it says what time it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.drain.options import DrainEvent

_ATTEMPT = re.compile(r"attempt (\d+): (.*)", re.DOTALL)
_ENDED = re.compile(
    r"(complete|failed|refused|unusable|blocked|escalated|skipped)\b(?:, (\d+) tokens)?(?:: )?(.*)"
)
_DOING = (
    ("asking ", "asking {}"),
    ("accepted by policy, running the tests", "testing"),
    ("running the base's versions", "testing the base's versions"),
    ("judged on top of", "landing"),
    ("the candidate ", "landing"),
    ("waiting for ", "waiting to land"),
)


@dataclass(slots=True)
class PhaseProgress:
    """A phase as a drain goes: `number` is its place among those begun, times are the feeder's."""

    phase: str
    number: int = 0
    attempt: int = 0
    doing: str = "queued"
    began: float | None = None
    ended: float | None = None
    tokens: int = 0
    outcome: str = ""
    said: str = ""
    """What was last held against it."""

    @property
    def is_running(self) -> bool:
        return self.began is not None and not self.outcome

    def seconds(self, now: float) -> float | None:
        """For how long it has run, or ran."""
        return None if self.began is None else (self.ended or now) - self.began


@dataclass(slots=True)
class DrainBoard:
    """Every phase of a drain."""

    names: Sequence[str]
    phases: dict[str, PhaseProgress] = field(init=False)

    def __post_init__(self) -> None:
        self.phases = {name: PhaseProgress(name) for name in self.names}

    @property
    def running(self) -> list[PhaseProgress]:
        """The phases under way, in the order they were begun."""
        found = [phase for phase in self.phases.values() if phase.is_running]
        return sorted(found, key=lambda phase: phase.number)

    @property
    def over(self) -> int:
        """How many phases need no more of this drain."""
        return sum(bool(phase.outcome) for phase in self.phases.values())

    def over_before(self, name: str, state: str) -> None:
        """A phase was over when the drain began."""
        self.phases[name].outcome = self.phases[name].doing = state

    def event(self, event: DrainEvent, now: float) -> None:
        """Take in what the drain told."""
        if event.phase not in self.phases:
            return
        phase, document = self.phases[event.phase], event.document
        if event.kind == "begun":
            phase.number, phase.began, phase.ended = event.number, now, None
            phase.doing, phase.outcome = "starting", ""
        elif event.kind == "over" and document is None:
            phase.began, phase.doing = None, "not run"
            phase.said = event.text.removeprefix(f"{event.phase}: ")
        elif event.kind == "over" and document is not None:
            phase.outcome = phase.doing = document.outcome
            phase.ended, phase.tokens = now, sum(a.usage.output or 0 for a in document.attempts)
            phase.said = "" if document.outcome == "complete" else document.reason or phase.said

    def take(self, line: str, now: float) -> str:
        """Take in a line; what in it tells nothing about how a phase goes, else ""."""
        phase, text = self.addressed(line)
        return "" if phase is not None and _take(phase, text) else line

    def addressed(self, line: str) -> tuple[PhaseProgress | None, str]:
        """The phase a line is about, and what it says: labelled, or from the only one that runs."""
        label, colon, rest = line.partition(": ")
        if colon and label in self.phases and self.phases[label].is_running:
            return self.phases[label], rest
        running = self.running
        return (running[0], line) if len(running) == 1 else (None, line)


def _take(phase: PhaseProgress, text: str) -> bool:
    if text.startswith("waiting for "):
        phase.doing = "waiting to land" if phase.attempt else "waiting"
        return True
    attempt = _ATTEMPT.fullmatch(text)
    if attempt is None:
        return False
    phase.attempt, text = int(attempt[1]), attempt[2]
    ended = _ENDED.fullmatch(text)
    if ended:
        phase.tokens += int(ended[2] or 0)
        phase.doing = ended[1]
        phase.said = "" if ended[1] == "complete" else ended[3] or ended[1]
        return True
    for start, doing in _DOING:
        if text.startswith(start):
            phase.doing = doing.format(text.removeprefix(start))
            return True
    return False
