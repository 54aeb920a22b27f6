"""A drain's lines in a log of GitHub Actions: a group a phase, and no line the runner would obey."""

from __future__ import annotations

from typing import TextIO

from harness.cli import output
from harness.cli.display import Display
from harness.drain.options import DrainEvent
from harness.guard.github import escaped_data
from harness.progress.drain_board import DrainBoard


class ActionsLog(Display):
    """One group a phase, written once it is over, so that phases side by side don't mix."""

    def __init__(self, board: DrainBoard, stream: TextIO) -> None:
        self._board = board
        self._stream = stream
        self._lines: dict[str, list[str]] = {}

    def take(self, line: str, now: float) -> None:
        phase, _ = self._board.addressed(line)
        if phase is None:
            self._write(line)
        elif phase.phase in self._lines:
            self._lines[phase.phase].append(line)

    def event(self, event: DrainEvent, now: float) -> None:
        self._board.event(event, now)
        if event.kind == "begun":
            self._lines[event.phase] = []
        else:
            self._group(event.phase)
        self._write(output.printable(event.text))

    def end(self) -> None:
        for phase in list(self._lines):
            self._group(phase)

    def _group(self, phase: str) -> None:
        lines = self._lines.pop(phase, [])
        if lines:
            self._write_raw(f"::group::{escaped_data(phase)}")
            for line in lines:
                self._write(line)
            self._write_raw("::endgroup::")

    def _write(self, line: str) -> None:
        self._write_raw(disarmed(line))

    def _write_raw(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def disarmed(line: str) -> str:
    """The line as the runner only shows it: a workflow command begins with `::`, or holds `##[`."""
    shown = line.replace("##[", "# #[")
    return f"| {shown}" if shown.lstrip().startswith("::") else shown
