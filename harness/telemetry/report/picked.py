"""Which rows a page has room for: the worst predictions, and the newest rows."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from harness.telemetry.measures import smape
from harness.telemetry.moments import LONG_AGO, moment
from harness.telemetry.replay import ReplayedRow, Report

ROOM = 1000
"""The rows a page lists; with more it would be slow to open."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A report, and the rows to list, newest first.

    `beyond` is how many valid rows there are beside them and repeats, `read` all rows there are of which
    more is known than their figures. Times more than a day after `now` aren't believed.
    """

    report: Report
    rows: tuple[ReplayedRow, ...]
    read: tuple[ReplayedRow, ...]
    beyond: int
    basis: str = ""
    now: datetime | None = None


def pick(
    report: Report, rows: Sequence[ReplayedRow], room: int = ROOM, now: datetime | None = None
) -> Picked:
    """At most `room` of the rows: a quarter those predicted worst, the others the newest."""
    if len(rows) <= room:
        return Picked(report, tuple(_newest_first(rows, now)), tuple(rows), _beyond(report, rows), now=now)
    worst = heapq.nlargest(room // 4, range(len(rows)), key=lambda at: _error(rows[at]))
    chosen = set(worst)
    newest = iter(sorted(range(len(rows)), key=lambda at: (_time_of(rows[at], now), at), reverse=True))
    while len(chosen) < room:
        chosen.add(next(newest))
    kept = _newest_first([rows[at] for at in sorted(chosen)], now)
    basis = f"the {room // 4:,} with the largest error, and the newest"
    return Picked(report, tuple(kept), tuple(rows), _beyond(report, kept), basis, now)


def _beyond(report: Report, listed: Sequence[ReplayedRow]) -> int:
    """The valid rows that aren't listed; a repeat is no attempt of its own."""
    return max(0, report.valid - report.excluded["duplicates"] - len(listed))


def error(replayed: ReplayedRow) -> float | None:
    """The error of the recorded prediction, SMAPE in percent; None where nothing was measured."""
    sample = replayed.row.sample
    if sample.actual_output_tokens is None:
        return None
    return smape(sample.predicted_output_tokens, sample.actual_output_tokens)


def _error(replayed: ReplayedRow) -> float:
    found = None if replayed.exclusion else error(replayed)
    return -1.0 if found is None else found


def _time_of(replayed: ReplayedRow, now: datetime | None) -> datetime:
    return moment(replayed.row.sample, now) or LONG_AGO


def _newest_first(rows: Sequence[ReplayedRow], now: datetime | None) -> list[ReplayedRow]:
    # Rows without a time keep their order, and stand last; of one time, the later line first.
    backwards = list(reversed(rows))
    return sorted(backwards, key=lambda replayed: _time_of(replayed, now), reverse=True)
