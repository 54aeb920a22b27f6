"""The chart of predicted against actual tokens as an SVG of its own, for a README."""

from __future__ import annotations

import re

from harness.telemetry import shown
from harness.telemetry.report import scatter
from harness.telemetry.report.markup import joined, text
from harness.telemetry.report.page import part
from harness.telemetry.report.picked import Picked

MARK = '<svg data-made-by="harness telemetry report"'
"""Begins every picture; what has it may be written over."""
ROOM = 600
"""The points of a picture, the newest; a README shows no more."""
HEAD = 46


def picture(picked: Picked) -> str:
    """The whole SVG, light or dark as the reader prefers."""
    report, drawn = picked.report, scatter.points(picked.rows)[:ROOM]
    height = scatter.HEIGHT + HEAD
    told = f"{report.samples:,} samples, mean SMAPE {shown.percent(report.recorded.mean_smape)}"
    return joined(
        (
            f'{MARK} xmlns="http://www.w3.org/2000/svg" width="540" height="{height * 1.5:.0f}" '
            f'viewBox="0 0 {scatter.WIDTH} {height}" role="img" aria-labelledby="name text">',
            '<title id="name">Output tokens predicted and used</title>',
            f'<desc id="text">{text(told)}</desc>',
            f"<style>{_style()}</style>",
            f'<rect class="card" x=".5" y=".5" width="{scatter.WIDTH - 1}" height="{height - 1}" rx="8"/>',
            '<text class="title" x="14" y="22">Output tokens predicted and used</text>',
            f'<text class="told" x="14" y="37">{text(told)}</text>',
            f'<g transform="translate(0,{HEAD})">',
            scatter.chart(drawn, linked=False),
            _key(drawn),
            "</g></svg>\n",
        )
    )


def _key(drawn: list[scatter.Point]) -> str:
    """The marks and their meanings, in the chart's upper left corner; none where all are of one kind."""
    found = scatter.kinds(drawn)
    if len(found) < 2:
        return ""
    return (
        '<g class="points">'
        + joined(
            f'<g transform="translate({scatter.LEFT + 14},{scatter.TOP + 30 + 14 * place})">'
            f'<path class="{kind}" d="{scatter.mark(kind)}"/><text class="told" x="9" y="3">'
            f"{meaning}</text></g>"
            for place, (kind, meaning, _) in enumerate(found)
        )
        + "</g>"
    )


def _style() -> str:
    shared = part("colours.css").replace(":root", "svg") + part("chart.css")
    own = (
        "text { font: 9px system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }"
        ".card { fill: var(--card); stroke: var(--line); } .title { fill: var(--ink); font-size: "
        "13px; font-weight: 600; }"
        ".told { fill: var(--muted); } .along { font-size: 8px; }"
    )
    return re.sub(r"\s+", " ", shared + own)
