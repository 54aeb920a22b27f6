"""The report for a job summary: the tables of a replay, and charts that GitHub draws from text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.telemetry import markdown, shown
from harness.telemetry.coverage import coverage
from harness.telemetry.coverage_shown import gap_lines
from harness.telemetry.measures import Figures
from harness.telemetry.report import scatter
from harness.telemetry.report.picked import Picked
from harness.telemetry.report.scale import linear_ticks

NEWEST = 30
"""The attempts of the chart."""
_CELLS = 20
_EIGHTHS = " ▏▎▍▌▋▊▉"


def lines(picked: Picked) -> list[str]:
    """Line by line: the replay's tables, the chart of the newest attempts, bars, the gaps.

    A summary shows neither SVG nor data URIs, but draws Mermaid; the chart holds our numbers alone, so
    nothing of what others wrote can be taken for Mermaid. The bars are text, and shown everywhere.
    """
    report = picked.report
    found = markdown.lines(report)
    if not report.samples:
        return found
    bars = _bars(report.strata["category"])
    gaps = [f"- {markdown.plain(line)}" for line in gap_lines(coverage(report).gaps)]
    return [*found, "", *_chart(picked), "", *bars, "", "**Coverage**", "", *gaps]


def _chart(picked: Picked) -> list[str]:
    """The newest samples in the order of their actual tokens: bars are used, the line is predicted."""
    drawn = [point for point in scatter.points(picked.rows) if point.kind != "cut"][:NEWEST]
    if not drawn:
        return []
    drawn.sort(key=lambda point: point.actual)
    top = linear_ticks(max(max(point.actual, point.predicted) for point in drawn))[-1]
    return [
        f"**The {len(drawn)} newest samples**, least used first: bars are output tokens used, the "
        "line those predicted",
        "",
        "```mermaid",
        "xychart-beta",
        f"    x-axis {_numbers(range(1, len(drawn) + 1))}",
        f'    y-axis "output tokens" 0 --> {top:.0f}',
        f"    bar {_numbers(point.actual for point in drawn)}",
        f"    line {_numbers(point.predicted for point in drawn)}",
        "```",
    ]


def _numbers(values: Iterable[int]) -> str:
    return f"[{', '.join(map(str, values))}]"


def _bars(groups: Mapping[str, Figures]) -> list[str]:
    """The mean error by category, as bars of text in a table."""
    known = {name: figures for name, figures in groups.items() if figures.mean_smape is not None}
    widest = max([50.0, *(figures.mean_smape or 0.0 for figures in known.values())])
    rows = [
        f"| {markdown.plain(shown.short(name, 32)) or '(none)'} | {figures.samples} "
        f"| {_bar((figures.mean_smape or 0.0) / widest)} {shown.percent(figures.mean_smape)} |"
        for name, figures in known.items()
    ]
    return ["| category | samples | mean SMAPE |", "| --- | ---: | --- |", *rows]


def _bar(part: float) -> str:
    """A bar of block characters, in eighths of a character."""
    eighths = round(part * _CELLS * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()
