"""What a drain shows while it goes: a live view on a terminal, groups in GitHub Actions, else lines."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TextIO

from harness.cli import output
from harness.cli.display import Display
from harness.drain.options import DrainEvent, Tell
from harness.progress.drain_board import DrainBoard

if TYPE_CHECKING:
    from rich.console import Console

    from harness.git.repository import Repository
    from harness.plan import Plan

_CALM = 0.25  # seconds between two drawings
_EVENT = b"\0"  # the line that stands for an event; what is said never holds this character


@contextlib.contextmanager
def drain_view(user: Repository, plan: Plan, environment: Mapping[str, str] = os.environ) -> Iterator[Tell]:
    """What a drain is to tell its events; with what is said on standard error they make a view.

    That is what this process says, and the workers it starts. Elsewhere than on a terminal or in GitHub
    Actions every event is a line.
    """
    board = DrainBoard([phase.id for phase in plan.phase])
    if output.is_terminal(sys.stderr):
        from harness.cli.live_drain import LiveDrain

        predicted = _known_before(user, plan, board)
        with shown_by(lambda terminal: LiveDrain(board, _console(terminal), predicted)) as tell:
            yield tell
    elif environment.get("GITHUB_ACTIONS") == "true":
        from harness.cli.actions_log import ActionsLog

        with shown_by(lambda stream: ActionsLog(board, stream)) as tell:
            yield tell
    else:
        yield lambda event: output.note(event.text)


def _known_before(user: Repository, plan: Plan, board: DrainBoard) -> int:
    """Mark what is over already; the output tokens one attempt of each other phase is expected to use."""
    from harness.progress.watching import RunWatch

    rows = RunWatch(user, plan.run.id, plan).look()
    for row in rows:
        if row.is_over:
            board.over_before(row.phase, row.row.state)
    return sum(row.predicted or 0 for row in rows if not row.is_over)


def _console(terminal: TextIO) -> Console:
    from rich.console import Console

    return Console(file=terminal, highlight=False)


@contextlib.contextmanager
def shown_by(make: Callable[[TextIO], Display]) -> Iterator[Tell]:
    """Standard error, of worker processes too, becomes a pipe whose lines a display is given."""
    sys.stderr.flush()
    kept = os.dup(2)
    stream = os.fdopen(kept, "w", encoding="utf-8", errors="backslashreplace")
    reading, writing = os.pipe()
    os.dup2(writing, 2)
    os.close(writing)
    pipe = _Pipe(make(stream), reading)
    pipe.start()
    try:
        yield pipe.tell
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        # A process left behind may hold the pipe open for ever: what it says is waited for no longer.
        pipe.over.set()
        pipe.join(timeout=5)
        stream.close()


class _Pipe(threading.Thread):
    """Gives a display, in a thread of its own, lines and events in the order in which they were said."""

    def __init__(self, display: Display, reading: int) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self._display = display
        self._reading = reading
        self._events: deque[DrainEvent] = deque()

    def tell(self, event: DrainEvent) -> None:
        """Take an event; it is shown after all that was said before it."""
        self._events.append(event)
        os.write(2, _EVENT + b"\n")

    def run(self) -> None:
        rest, drawn = b"", 0.0
        self._display.begin()
        try:
            while (data := self._read()) is not None:
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._take(line)
                if time.monotonic() - drawn >= _CALM:
                    drawn = time.monotonic()
                    self._display.tick(drawn)
            if rest:
                self._take(rest)
        finally:
            self._display.end()
            os.close(self._reading)

    def _read(self) -> bytes | None:
        """What was said, nothing after a while without; None at the end."""
        is_over = self.over.is_set()
        if select.select([self._reading], [], [], 0 if is_over else _CALM)[0]:
            return os.read(self._reading, 65536) or None
        return None if is_over else b""

    def _take(self, line: bytes) -> None:
        now = time.monotonic()
        if line == _EVENT and self._events:
            self._display.event(self._events.popleft(), now)
        else:
            self._display.take(output.printable(line.decode("utf-8", "replace")), now)
