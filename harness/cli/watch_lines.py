"""Watching a run where lines are read later: one line a change, nothing is drawn over."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from harness.cli import output
from harness.errors import DONE, INTERRUPTED
from harness.progress.standing import Standing, totals
from harness.progress.texts import change_line, headline


def watch_in_lines(run: str, look: Callable[[], Sequence[Standing]], interval: float) -> int:
    """Print each change until every phase is over (0) or somebody interrupts (130)."""
    known: dict[str, Standing] = {}
    try:
        while True:
            rows = look()
            if not known:
                output.line(headline(run, totals(rows)))
            for row in rows:
                line = change_line(known.get(row.phase), row)
                if line:
                    output.line(line)
            known = {row.phase: row for row in rows}
            if all(row.is_over for row in rows):
                output.line(headline(run, totals(rows)))
                return DONE
            time.sleep(interval)
    except KeyboardInterrupt:
        return INTERRUPTED
