"""What was spent over time: cumulative tokens and cost, as SVG and as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from harness.telemetry.moments import moment
from harness.telemetry.replay import ReplayedRow
from harness.telemetry.report.markup import compact, joined, number
from harness.telemetry.report.scale import MOST, linear_ticks

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 50, 348, 26, 172
STEPS = 240
"""The points of a line; a screen shows no more."""
PERIODS = 40


@dataclass(frozen=True, slots=True)
class Spent:
    """One attempt's time, what it was predicted to use and used, and its cost where it is known."""

    when: datetime
    predicted: int
    used: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class Period:
    """A day, month or year: its attempts, their tokens, and their cost where one is known."""

    name: str
    attempts: int
    predicted: int
    used: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart: its class, its label, and an amount for each time."""

    name: str
    label: str
    amounts: Sequence[float]


def spending(rows: Sequence[ReplayedRow], now: datetime | None = None) -> list[Spent]:
    """Every measured attempt that says when it was, in order; failed and truncated ones cost, too.

    Of a time more than a day after `now` nothing is believed: it would squeeze all others into a corner.
    """
    found = []
    for replayed in rows:
        sample, when = replayed.row.sample, moment(replayed.row.sample, now)
        admitted = replayed.exclusion is None or replayed.exclusion.reason in ("truncated", "implausible")
        if admitted and when is not None and sample.actual_output_tokens is not None:
            used, predicted = sample.actual_output_tokens, sample.predicted_output_tokens
            found.append(Spent(when, predicted, used, sample.cost))
    return sorted(found, key=lambda spent: spent.when)


def periods(found: Sequence[Spent]) -> list[Period]:
    """The same by day; by month or year where there are many days."""
    for form in ("%Y-%m-%d", "%Y-%m", "%Y"):
        groups: dict[str, list[Spent]] = {}
        for spent in found:
            groups.setdefault(spent.when.strftime(form), []).append(spent)
        if len(groups) <= PERIODS:
            break
    return [_period(name, group) for name, group in groups.items()]


def tokens_chart(found: Sequence[Spent]) -> str:
    """Cumulative output tokens, predicted and used: the inside of an SVG."""
    lines = (
        Line("used", "used", list(accumulate(spent.used for spent in found))),
        Line("predicted", "predicted", list(accumulate(spent.predicted for spent in found))),
    )
    return _chart(found, lines)


def cost_chart(found: Sequence[Spent]) -> str:
    """Cumulative cost, an attempt whose cost isn't known counted as nothing: the inside of an SVG."""
    return _chart(found, (Line("used", "cost", _sums(spent.cost or 0.0 for spent in found)),))


def _sums(costs: Iterable[float]) -> list[float]:
    return list(accumulate(costs, lambda total, cost: min(total + cost, MOST)))


def _period(name: str, group: Sequence[Spent]) -> Period:
    costs = [spent.cost for spent in group if spent.cost is not None]
    predicted, used = sum(spent.predicted for spent in group), sum(spent.used for spent in group)
    return Period(name, len(group), predicted, used, sum(costs) if costs else None)


def _chart(found: Sequence[Spent], lines: Sequence[Line]) -> str:
    ticks = linear_ticks(max(line.amounts[-1] for line in lines))
    across = _across([spent.when for spent in found])

    def up(amount: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * amount / ticks[-1]

    parts = [_tick(up(amount), amount) for amount in ticks]
    parts += [_times(found[0].when, found[-1].when)]
    parts += [_line(line, across, up) for line in lines]
    return joined([*parts, *_labels(lines)])


def _across(times: Sequence[datetime]) -> list[float]:
    span = (times[-1] - times[0]).total_seconds()
    if span <= 0:
        return [LEFT + (RIGHT - LEFT) * (place + 1) / len(times) for place in range(len(times))]
    return [LEFT + (RIGHT - LEFT) * (time - times[0]).total_seconds() / span for time in times]


def _line(line: Line, across: Sequence[float], up: Callable[[float], float]) -> str:
    """A stair: the amount stands still until the next attempt."""
    last = len(across) - 1
    every = max(1, len(across) // STEPS)
    kept = [place for place in range(len(across)) if place % every == 0 or place == last]
    path = f"M{LEFT},{BOTTOM}" + "".join(f"H{across[at]:.1f}V{up(line.amounts[at]):.1f}" for at in kept)
    return f'<path class="line {line.name}" d="{path}"/>'


def _labels(lines: Sequence[Line]) -> list[str]:
    """Each line's name and sum, the higher first, in the corner a rising line leaves free."""
    return [
        f'<path class="line {line.name}" d="M{LEFT + 10},{y - 3}h18"/>'
        f'<text class="label {line.name}" x="{LEFT + 34}" y="{y}">{line.label} '
        f"{compact(line.amounts[-1])}</text>"
        for line, y in zip(
            sorted(lines, key=lambda line: -line.amounts[-1]), (TOP + 16, TOP + 33), strict=False
        )
    ]


def _tick(y: float, amount: float) -> str:
    return joined(
        (
            f'<path class="grid" d="M{LEFT},{y:.1f}H{RIGHT}"/>',
            f'<text class="tick end" x="{LEFT - 5}" y="{y + 3:.1f}">{compact(amount)}</text>',
        )
    )


def _times(first: datetime, last: datetime) -> str:
    form = "%Y-%m-%d" if (last - first).total_seconds() > 2 * 86400 else "%m-%d %H:%M"
    y = BOTTOM + 15
    return joined(
        (
            f'<text class="tick" x="{LEFT}" y="{y}">{first.strftime(form)}</text>',
            f'<text class="tick end" x="{RIGHT}" y="{y}">{last.strftime(form)}</text>',
        )
    )


def period_rows(found: Sequence[Spent]) -> str:
    """The periods as rows of a table."""
    return joined(
        f'<tr><th scope="row">{period.name}</th><td>{period.attempts:,}</td><td>'
        f"{number(period.predicted)}</td>"
        f"<td>{number(period.used)}</td><td>{number(period.cost, 2)}</td></tr>"
        for period in periods(found)
    )
