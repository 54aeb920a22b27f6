"""A drain on a terminal: one line a phase, redrawn in place; remarks scroll by above."""

from __future__ import annotations

import time

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from harness.cli.display import Display
from harness.cli.live import STYLES, progress_bar, text
from harness.drain.options import DrainEvent
from harness.progress.drain_board import DrainBoard, PhaseProgress
from harness.progress.texts import duration

_SIGNS = {"complete": "✓", "blocked": "!", "skipped": "-", "": "·"}
# From which width on a column is shown.
_TOKENS, _ELAPSED, _SAID = 70, 46, 60


class LiveDrain(Display):
    """The display of a drain on a terminal."""

    def __init__(self, board: DrainBoard, console: Console, predicted: int = 0) -> None:
        self._board = board
        self._console = console
        self._predicted = predicted
        self._began = time.monotonic()
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stderr=False)

    def begin(self) -> None:
        self._live.start()
        self.tick(self._began)

    def take(self, line: str, now: float) -> None:
        remark = self._board.take(line, now)
        if remark:
            self._live.console.print(text(remark, "dim", cut=False))

    def event(self, event: DrainEvent, now: float) -> None:
        self._board.event(event, now)
        if event.kind == "waiting":
            self._live.console.print(text(event.text, "dim", cut=False))

    def tick(self, now: float) -> None:
        console = self._console
        view = drain_view(self._board, now, now - self._began, console.width, console.height, self._predicted)
        self._live.update(view, refresh=True)

    def end(self) -> None:
        self._live.stop()


def drain_view(
    board: DrainBoard, now: float, elapsed: float, width: int, height: int, predicted: int = 0
) -> RenderableType:
    """The drain's progress over its phases: what runs, what it came to, what is still queued."""
    used = sum(phase.tokens for phase in board.phases.values())
    head = f"{board.over} of {len(board.names)} phases done, {len(board.running)} running"
    tokens = f"{used}/{predicted}" if predicted else str(used)
    parts: list[RenderableType] = [text(f"{head}, {duration(elapsed)}, {tokens} tokens", "bold", cut=False)]
    bar = progress_bar(board.over, len(board.names), width)
    shown, left = _fitting(board, max(3, height - 5))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), width=width, pad_edge=False)
    _columns(table, width)
    for phase in shown:
        table.add_row(*_row(phase, board, now, width))
    parts += [bar, table]
    if left:
        parts.append(text(f"… and {left} more", "dim"))
    return Group(*parts)


def _columns(table: Table, width: int) -> None:
    table.add_column(no_wrap=True, width=1)
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=max(10, width // 3))
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=None if width >= _SAID else 1)
    if width >= _ELAPSED:
        table.add_column(no_wrap=True, justify="right")
    if width >= _TOKENS:
        table.add_column(no_wrap=True, justify="right")
    if width >= _SAID:
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)


def _row(phase: PhaseProgress, board: DrainBoard, now: float, width: int) -> list[RenderableType]:
    state = phase.outcome or ("running" if phase.is_running else "queued")
    style = STYLES.get(state, "red")
    sign = "▸" if state == "running" else "·" if state == "queued" else _SIGNS.get(state, "✗")
    doing = phase.doing
    if state == "running" and phase.attempt:
        doing = f"{doing} (attempt {phase.attempt})"
    elif state == "queued":
        doing = f"{doing}, {_place(phase, board)}"
    cells: list[RenderableType] = [text(sign, style), text(phase.phase), text(doing, style)]
    seconds = phase.seconds(now)
    if width >= _ELAPSED:
        cells.append(text(duration(seconds) if seconds is not None else ""))
    if width >= _TOKENS:
        cells.append(text(f"{phase.tokens} tokens" if phase.tokens else ""))
    if width >= _SAID:
        cells.append(text(phase.said, "red" if phase.outcome else "yellow"))
    return cells


def _place(phase: PhaseProgress, board: DrainBoard) -> str:
    """A phase's place in the queue, by plan order."""
    queued = [p.phase for p in board.phases.values() if p.began is None and not p.outcome]
    return f"place {queued.index(phase.phase) + 1}"


def _fitting(board: DrainBoard, room: int) -> tuple[list[PhaseProgress], int]:
    """The phases there is room for: those running, then those that ended last, then the next in the queue."""
    phases = list(board.phases.values())
    if len(phases) <= room:
        return phases, 0
    running = board.running
    ended = sorted((p for p in phases if p.outcome), key=lambda p: p.ended or 0, reverse=True)
    queued = [p for p in phases if p.began is None and not p.outcome]
    half = max(1, (room - len(running)) // 2)
    chosen = [*running, *ended[:half], *queued, *ended[half:]][:room]
    names = {phase.phase for phase in chosen}
    return [phase for phase in phases if phase.phase in names], len(phases) - len(names)
