"""Words and numbers of a run for people. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.wording import counted

if TYPE_CHECKING:
    from harness.progress.standing import Standing, Totals


def headline(run: str, numbers: Totals) -> str:
    """A run in one line."""
    parts = [f"run {run}: {numbers.complete} of {numbers.phases} phases complete"]
    if numbers.running:
        parts.append(f"{numbers.running} running")
    if numbers.tokens or numbers.expected:
        parts.append(f"{tokens(numbers.tokens, numbers.expected)} tokens")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """A time as 0.4s, 12s, 3m 05s or 2h 07m."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02}m"


def tokens(used: int | None, predicted: int | None) -> str:
    """Output tokens used and predicted, `900/7800`; a part that isn't known is a dash."""
    if used is None and predicted is None:
        return ""
    return "/".join("-" if number is None else str(number) for number in (used, predicted))


HEADINGS = ("phase", "state", "attempts", "commit", "tokens", "elapsed", "last refusal")


def cells(row: Standing) -> tuple[str, ...]:
    """A phase as the cells under `HEADINGS`."""
    return (
        row.phase,
        row.row.state,
        str(row.row.attempts),
        (row.row.commit or "")[:10],
        tokens(row.row.tokens, row.predicted),
        duration(row.seconds + (row.running_for or 0)) if row.row.attempts or row.running_for else "",
        row.why,
    )


def aligned(table: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """The rows as lines with aligned columns, the last one as long as it is; `right` columns to the right."""
    widths = [max((len(row[column]) for row in table), default=0) for column in range(len(HEADINGS) - 1)]
    lines = []
    for row in table:
        padded = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append("  ".join([*padded, row[-1]]).rstrip())
    return lines


def change_line(before: Standing | None, now: Standing) -> str:
    """What became of a phase since it was last looked at, in one line; "" where nothing did."""
    if before is not None and before.row == now.row:
        return ""
    row, parts = now.row, []
    if row.attempts:
        parts.append(counted(row.attempts, "attempt"))
    if row.commit:
        parts.append(f"commit {row.commit[:10]}")
    if row.tokens is not None:
        parts.append(f"{tokens(row.tokens, now.predicted)} tokens")
    if now.seconds:
        parts.append(duration(now.seconds))
    if now.why:
        parts.append(now.why)
    was = before.row.state if before else row.state
    state = row.state if was == row.state else f"{was} -> {row.state}"
    return f"{row.phase}: {state}{': ' if parts else ''}{', '.join(parts)}"
