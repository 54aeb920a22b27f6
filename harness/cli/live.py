"""Views of a run on a terminal, of any width: drawn from plain values, and again when these change."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.cli import output
from harness.errors import DONE, INTERRUPTED
from harness.progress.standing import Standing, totals
from harness.progress.texts import HEADINGS, cells, duration, headline

STYLES = {
    "complete": "green",
    "running": "cyan",
    "waiting": "yellow",
    "blocked": "yellow",
    "skipped": "dim",
    "queued": "dim",
}
# From which width on a column is shown; below, a phase's reason goes to the end of the view.
_WIDE_ENOUGH = {"attempts": 56, "tokens": 72, "elapsed": 84, "commit": 100, "last refusal": 64}
_RIGHT = ("attempts", "tokens", "elapsed")
_REASONS_BELOW = 3


def text(value: str, style: str = "", *, cut: bool = True) -> Text:
    """Foreign text in one line: nothing in it is markup, and nothing drives the terminal."""
    return Text(output.printable(value), style, no_wrap=cut, overflow="ellipsis" if cut else "fold")


def progress_bar(done: int, total: int, width: int) -> RenderableType:
    """A bar in a line of its own."""
    line = Table.grid()
    bar = ProgressBar(max(total, 1), done, min(width, 60), complete_style="green", finished_style="green")
    line.add_row(bar)
    return line


def print_status(run: str, rows: Sequence[Standing]) -> None:
    """Print where a run stands, once."""
    console = Console(highlight=False)
    console.print(status_view(run, rows, console.width))


def status_view(
    run: str, rows: Sequence[Standing], width: int, height: int | None = None, since: float | None = None
) -> RenderableType:
    """The run's progress over a table of its phases; in `height` lines the complete ones go first.

    `since` is for how many seconds somebody has been watching.
    """
    numbers = totals(rows)
    head = headline(run, numbers) + (f", watched for {duration(since)}" if since is not None else "")
    shown, left_out = _fitting(rows, height)
    parts: list[RenderableType] = [text(head, "bold", cut=False)]
    parts.append(progress_bar(numbers.over, numbers.phases, width))
    if shown:
        parts.append(_table(shown, width))
    if left_out:
        parts.append(text(left_out, "dim"))
    if width < _WIDE_ENOUGH["last refusal"]:
        told = [row for row in rows if row.why][-_REASONS_BELOW:]
        parts += [
            text(f"{row.phase}: {row.why}", STYLES.get(row.row.state, "red"), cut=False) for row in told
        ]
    return Group(*parts)


def _table(rows: Sequence[Standing], width: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", width=width, pad_edge=False)
    wanted = [n for n, name in enumerate(HEADINGS) if width >= _WIDE_ENOUGH.get(name, 0)]
    for column in wanted:
        name = HEADINGS[column]
        is_last = name == "last refusal"
        table.add_column(
            text(name),
            justify="right" if name in _RIGHT else "left",
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if is_last or (column == 0 and width < _WIDE_ENOUGH["last refusal"]) else None,
            min_width=8 if name == "state" else None,
            max_width=max(12, width // 3) if column == 0 else None,
        )
    for row in rows:
        made, style = cells(row), STYLES.get(row.row.state, "red")
        table.add_row(*(text(made[n], style if HEADINGS[n] == "state" else "") for n in wanted))
    return table


def _fitting(rows: Sequence[Standing], height: int | None) -> tuple[list[Standing], str]:
    """(the rows there is room for, what is said of the others): complete ones go first, then queued."""
    room = len(rows) if height is None else max(3, height - 5 - _REASONS_BELOW)
    excess = len(rows) - room
    if excess <= 0:
        return list(rows), ""
    over = [n for n, row in enumerate(rows) if row.is_over]
    idle = [n for n, row in reversed(list(enumerate(rows))) if row.row.state in ("queued", "waiting")]
    known = {*over, *idle}
    others = [n for n in reversed(range(len(rows))) if n not in known]
    gone = set([*over, *idle, *others][:excess])
    return [row for n, row in enumerate(rows) if n not in gone], f"… and {len(gone)} more"


def watch_on_terminal(run: str, look: Callable[[], Sequence[Standing]], interval: float) -> int:
    """Draw the run until every phase is over (0) or somebody interrupts (130); what was last seen stays."""
    console = Console(highlight=False)
    began = time.monotonic()
    rows: Sequence[Standing] = look()
    code = DONE
    try:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while not all(row.is_over for row in rows):
                since = time.monotonic() - began
                live.update(status_view(run, rows, console.width, console.height, since), refresh=True)
                time.sleep(interval)
                rows = look()
    except KeyboardInterrupt:
        code = INTERRUPTED
    console.print(status_view(run, rows, console.width))
    return code
