"""Which rows a page has room for: the worst predictions, and the newest rows."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.telemetry.measures import smape
from harness.telemetry.replay import ReplayedRow, Report
from harness.telemetry.sample import Sample

ROOM = 1000
"""The rows a page lists; with more it would be slow to open."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Picked:
    """A report, and the rows to list, newest first.

    `beyond` is how many valid rows there are beside them, `read` all rows there are of which more is
    known than their figures.
    """

    report: Report
    rows: tuple[ReplayedRow, ...]
    read: tuple[ReplayedRow, ...]
    beyond: int
    basis: str = ""


def pick(report: Report, rows: Sequence[ReplayedRow], room: int = ROOM) -> Picked:
    """At most `room` of the rows: a quarter those predicted worst, the others the newest."""
    if len(rows) <= room:
        return Picked(report, tuple(_newest_first(rows)), tuple(rows), max(0, report.valid - len(rows)))
    worst = heapq.nlargest(room // 4, range(len(rows)), key=lambda at: _error(rows[at]))
    chosen = set(worst)
    newest = iter(sorted(range(len(rows)), key=lambda at: (_moment_of(rows[at]), at), reverse=True))
    while len(chosen) < room:
        chosen.add(next(newest))
    kept = _newest_first([rows[at] for at in sorted(chosen)])
    basis = f"the {room // 4:,} with the largest error, and the newest"
    return Picked(report, tuple(kept), tuple(rows), max(0, report.valid - len(kept)), basis)


def moment(sample: Sample) -> datetime | None:
    """When a sample was made, UTC where it names no zone; None where it doesn't say."""
    try:
        found = datetime.fromisoformat(sample.timestamp or "")
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def error(replayed: ReplayedRow) -> float | None:
    """The error of the recorded prediction, SMAPE in percent; None where nothing was measured."""
    sample = replayed.row.sample
    if sample.actual_output_tokens is None:
        return None
    return smape(sample.predicted_output_tokens, sample.actual_output_tokens)


def _error(replayed: ReplayedRow) -> float:
    found = None if replayed.exclusion else error(replayed)
    return -1.0 if found is None else found


def _moment_of(replayed: ReplayedRow) -> datetime:
    return moment(replayed.row.sample) or _LONG_AGO


def _newest_first(rows: Sequence[ReplayedRow]) -> list[ReplayedRow]:
    # Rows without a time keep their order, and stand last; of one time, the later line first.
    backwards = list(reversed(rows))
    return sorted(backwards, key=_moment_of, reverse=True)
