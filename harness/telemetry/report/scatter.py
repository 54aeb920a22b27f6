"""Predicted against actual tokens, as SVG: a point an attempt, on logarithmic axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.telemetry.measures import smape
from harness.telemetry.replay import ReplayedRow
from harness.telemetry.report.markup import compact, joined, number, text
from harness.telemetry.report.scale import LogScale, log_scale

WIDTH, HEIGHT = 360, 350
LEFT, RIGHT, TOP, BOTTOM = 44, 352, 8, 308
MANY = 300
"""From this many points on they are drawn smaller."""

_CIRCLE = "M-{r},0a{r},{r} 0 1 0 {d},0a{r},{r} 0 1 0 -{d},0z"
_MEANING = {
    "ok": "succeeded",
    "failed": "failed",
    "cut": "cut off: at least this much",
    "made": "not measured",
}


@dataclass(frozen=True, slots=True)
class Point:
    """An attempt in the chart: where it is listed, its tokens, and what kind of point it is."""

    listed: int
    phase: str
    predicted: int
    actual: int
    kind: str


def points(rows: Sequence[ReplayedRow]) -> list[Point]:
    """The attempts that can be drawn: those that count, and those cut off, with tokens above 0."""
    found = []
    for listed, replayed in enumerate(rows):
        sample = replayed.row.sample
        drawn = replayed.exclusion is None or replayed.exclusion.reason == "truncated"
        if drawn and sample.actual_output_tokens and sample.predicted_output_tokens:
            predicted, actual = sample.predicted_output_tokens, sample.actual_output_tokens
            found.append(Point(listed, sample.phase_id, predicted, actual, _kind(replayed)))
    return found


def kinds(drawn: Sequence[Point]) -> list[tuple[str, str, int]]:
    """Of each kind of point there is: its name, its meaning, how many there are."""
    counts = {kind: sum(point.kind == kind for point in drawn) for kind in _MEANING}
    return [(kind, _MEANING[kind], count) for kind, count in counts.items() if count]


def chart(drawn: Sequence[Point], *, linked: bool) -> str:
    """The inside of an SVG of `WIDTH` by `HEIGHT`; `linked`: points lead to `#a<number>`."""
    values = [float(value) for point in drawn for value in (point.predicted, point.actual)]
    across = log_scale(values, LEFT, RIGHT)
    up = LogScale(across.low, across.high, BOTTOM, TOP)
    size = "few" if len(drawn) < MANY else "many"
    scale = "" if size == "few" else " scale(.62)"
    marks = joined(_point(point, across, up, scale, linked=linked) for point in drawn)
    return joined(
        (
            _ground(across, up),
            _axes(across, up),
            f'<g class="points {size}">',
            marks,
            "</g>",
            _names(across, up),
        )
    )


def mark(kind: str) -> str:
    """The path of a mark, around 0,0."""
    if kind == "failed":
        return "M-4.2,0L0,-4.2L4.2,0L0,4.2z"
    if kind == "cut":
        return "M-4,3.4L0,-4.4L4,3.4z"
    return _CIRCLE.format(r="3.4", d="6.8")


def _kind(replayed: ReplayedRow) -> str:
    sample = replayed.row.sample
    if sample.truncated:
        return "cut"
    if replayed.made_up is not None:
        return "made"
    return "ok" if sample.success and sample.phase_success is not False else "failed"


def _point(point: Point, across: LogScale, up: LogScale, scale: str, *, linked: bool) -> str:
    x, y = across.at(point.predicted), up.at(point.actual)
    shape = (
        f'<path class="{point.kind}" transform="translate({x:.1f},{y:.1f}){scale}" d="{mark(point.kind)}">'
    )
    least = "at least " if point.kind == "cut" else ""
    told = (
        f"{text(point.phase, 60)}: predicted {number(point.predicted)}, used {least}{number(point.actual)}, "
        f"SMAPE {smape(point.predicted, point.actual):.1f} %"
    )
    drawn = f"{shape}<title>{told}</title></path>"
    # The table lists the same attempts, so the points needn't each be a stop of the Tab key.
    return f'<a href="#a{point.listed}" tabindex="-1">{drawn}</a>' if linked else drawn


def _ground(across: LogScale, up: LogScale) -> str:
    """The band within a factor of two of exact, its edges, and what either side means."""
    low, high = across.low, across.high
    corners = [
        (low, low), (low, 2 * low), (high / 2, high), (high, high), (high, high / 2), (2 * low, low),
    ]  # fmt: skip
    band = " ".join(f"{across.at(x):.1f},{up.at(y):.1f}" for x, y in corners)
    return joined(
        (
            f'<rect class="plot" x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"/>',
            f'<polygon class="band" points="{band}"/>',
            f'<line class="exact" x1="{LEFT}" y1="{BOTTOM}" x2="{RIGHT}" y2="{TOP}"/>',
            f'<text class="side" x="{LEFT + 8}" y="{TOP + 16}">used more than predicted</text>',
            f'<text class="side end" x="{RIGHT - 8}" y="{BOTTOM - 9}">used less than predicted</text>',
        )
    )


def _names(across: LogScale, up: LogScale) -> str:
    """What the diagonals mean; drawn last, so that points don't hide it."""
    low, high = across.low, across.high
    return joined(
        (
            _along(across.at(high / 1.9), up.at(high / 1.9), -3, "exact"),
            _along(across.at(low * 1.3), up.at(low * 2.6), -4, "2× more"),
            _along(across.at(low * 2.8), up.at(low * 1.4), 11, "2× less"),
        )
    )


def _along(x: float, y: float, off: int, label: str) -> str:
    """A label along a diagonal, `off` it."""
    return (
        f'<text class="along" transform="translate({x:.1f},{y:.1f}) rotate(-44.2)" y="{off}">{label}</text>'
    )


def _axes(across: LogScale, up: LogScale) -> str:
    parts = []
    for value in across.ticks:
        x, y, label = across.at(value), up.at(value), compact(value)
        parts.append(f'<path class="grid" d="M{x:.1f},{TOP}V{BOTTOM}M{LEFT},{y:.1f}H{RIGHT}"/>')
        parts.append(f'<text class="tick middle" x="{x:.1f}" y="{BOTTOM + 14}">{label}</text>')
        parts.append(f'<text class="tick end" x="{LEFT - 5}" y="{y + 3:.1f}">{label}</text>')
    middle = (TOP + BOTTOM) / 2
    parts.append(
        f'<text class="axis middle" x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 8}">predicted output tokens</text>'
    )
    parts.append(
        f'<text class="axis middle" transform="translate(10,{middle}) rotate(-90)">output tokens used</text>'
    )
    return joined(parts)
