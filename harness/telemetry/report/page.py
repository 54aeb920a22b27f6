"""The report as one HTML page that needs nothing else: no network, no fonts, no script of others."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from harness.telemetry import shown
from harness.telemetry.coverage import Coverage, coverage
from harness.telemetry.report import attempts, bars, headline, left_out, scatter, spent
from harness.telemetry.report.markup import joined, text
from harness.telemetry.report.picked import Picked
from harness.wording import counted

MARK = '<meta name="generator" content="harness telemetry report">'
"""Stands near the start of every page; what has it may be written over."""

_SECTIONS = (
    ("scatter", "Predicted and used"),
    ("time", "Over time"),
    ("gates", "Gates"),
    ("strata", "Error by stratum"),
    ("coverage", "Coverage"),
    ("out", "Left out"),
    ("rows", "Attempts"),
)


def page(picked: Picked) -> str:
    """The whole page. The same rows give the same page: it says nothing of when it was made."""
    style, script = part("colours.css") + part("chart.css") + part("page.css"), part("page.js")
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return joined(
        (
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{MARK}',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            '<link rel="icon" href="data:,">',
            f"<title>Telemetry report</title>\n<style>{style}</style>\n</head>\n<body>",
            _header(picked),
            f'<main id="main">{_main(picked)}</main>',
            "<footer><p>Made by <code>harness telemetry report</code>. SMAPE is |used − "
            "predicted| over their "
            "mean, from 0 to 200 %. Waste is predicted over used. Times are UTC.</p></footer>",
            f"<script>{script}</script>\n</body>\n</html>\n",
        )
    )


def part(name: str) -> str:
    """A style sheet or script of this package."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _header(picked: Picked) -> str:
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in _SECTIONS)
    return (
        '<a class="skip" href="#main">Skip to the figures</a>\n<header>'
        f'<div class="top"><h1>Telemetry report</h1>{headline.verdict(picked.report)}</div>'
        f"<p>Output tokens predicted and used: {text(shown.headline(picked.report))}.</p>"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>'
    )


def _main(picked: Picked) -> str:
    report, found = picked.report, coverage(picked.report)
    return joined(
        (
            _empty(picked),
            headline.tiles(report),
            '<div class="columns"><div>',
            _section("scatter", _scatter(picked)),
            _section("time", _time(picked)),
            "</div><div>",
            _section("gates", headline.gates(report)),
            _section("strata", _strata(picked)),
            "</div></div>",
            _section("coverage", _coverage(found)),
            _section("out", left_out.lists(report)),
            _section("rows", _attempts(picked)),
        )
    )


def _section(name: str, content: str) -> str:
    title = dict(_SECTIONS)[name]
    heading = f'<h2 id="{name}-title">{title}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-title">{heading}{content}</section>'


def _empty(picked: Picked) -> str:
    if picked.report.samples:
        return ""
    why = "no row was found" if not picked.report.valid else "no row counts"
    return (
        f'<section aria-label="No samples"><h2>No samples yet</h2><p>There is nothing to judge: {why}. '
        "Rows come with every attempt of a phase; <code>harness telemetry backfill</code> makes "
        "some from the "
        "repository’s history, which count with <code>--include-backfill</code>.</p></section>"
    )


def _scatter(picked: Picked) -> str:
    drawn = scatter.points(picked.rows)
    if not drawn:
        return '<p class="note">No attempt to draw.</p>'
    key = "".join(
        f'<li><svg class="points" viewBox="-6 -6 12 12" aria-hidden="true">'
        f'<path class="{kind}" d="{scatter.mark(kind)}"/></svg>{meaning} ({count:,})</li>'
        for kind, meaning, count in scatter.kinds(drawn)
    )
    below = sum(point.actual > point.predicted for point in drawn)
    near = sum(0.5 <= point.actual / point.predicted <= 2 for point in drawn)
    return (
        '<p class="lead">A point is an attempt; each leads to its row. On the dashed line the prediction is '
        "exact, within the band it is off by less than a factor of two."
        f"{' Of the attempts listed below.' if picked.beyond else ''}</p>"
        f'<figure><svg class="chart" viewBox="0 0 {scatter.WIDTH} {scatter.HEIGHT}" role="img" '
        'aria-labelledby="scatter-name scatter-text"><title id="scatter-name">Predicted and used '
        "output tokens"
        f'</title><desc id="scatter-text">{counted(len(drawn), "attempt")}: {near:,} within a factor of '
        f"two, {below:,} "
        "used more than predicted. The table of attempts has the same numbers.</desc>"
        f'{scatter.chart(drawn, linked=True)}</svg><figcaption><ul class="key">{key}</ul>'
        "</figcaption></figure>"
    )


def _strata(picked: Picked) -> str:
    tables = bars.error_tables(picked.report)
    if not tables:
        return '<p class="note">No samples to group.</p>'
    limit = any(gate.name == "mean_smape" for gate in picked.report.gates)
    line = (
        '<li><svg viewBox="0 0 16 16" aria-hidden="true"><path class="limit" d="M8,0V16"/></svg>the gate</li>'
        if limit
        else ""
    )
    return (
        '<ul class="key"><li><svg viewBox="0 0 16 16" aria-hidden="true">'
        '<rect class="then" y="3" width="16" height="9"/></svg>predicted then</li>'
        '<li><svg viewBox="0 0 16 16" aria-hidden="true"><rect class="now" y="6" width="16" '
        'height="5"/></svg>'
        f"predicted today</li>{line}</ul>{tables}"
    )


def _coverage(found: Coverage) -> str:
    progress = found.samples
    return (
        f'<p class="lead">{progress.count:,} of {progress.least} to {progress.most} samples an '
        "estimator can be "
        "fitted to. A high gap is a stratum without any sample.</p>"
        f'<div class="three">{bars.coverage_tables(found)}</div>'
    )


def _time(picked: Picked) -> str:
    found = spent.spending(picked.read, picked.now)
    if not found:
        return '<p class="note">No measured attempt says when it was.</p>'
    scope = "" if picked.report.listed else " Of the attempts listed below."
    charts = [_line_chart("tokens", "Output tokens, cumulative", spent.tokens_chart(found))]
    known = sum(entry.cost is not None for entry in found)
    if known:
        charts.append(_line_chart("cost", "Cost, cumulative", spent.cost_chart(found)))
    costs = "No attempt’s cost is known."
    if known:
        costs = (
            f"Cost is known of {known:,} of {counted(len(found), 'attempt')}, in the unit the agents report."
        )
    return (
        f'<p class="lead">What all measured attempts took, failed and cut off ones too. {costs}'
        f"{scope}</p>{joined(charts)}"
        "<details><summary>The same as a table</summary>"
        '<div class="scroll" role="region" aria-labelledby="time-caption" tabindex="0"><table>'
        '<caption id="time-caption">Tokens and cost by period</caption><thead><tr><th scope="col">Period</th>'
        '<th scope="col">Attempts</th><th scope="col">Predicted</th><th scope="col">Used</th>'
        f'<th scope="col">Cost</th></tr></thead><tbody>{spent.period_rows(found)}</tbody></table>'
        "</div></details>"
    )


def _line_chart(name: str, title: str, content: str) -> str:
    return (
        f'<figure><svg class="chart" viewBox="0 0 {spent.WIDTH} {spent.HEIGHT}" role="img" '
        f'aria-labelledby="{name}-name {name}-text"><title id="{name}-name">{title}</title>'
        f'<desc id="{name}-text">A rising line; the table below has the amounts by period.</desc>'
        f'<text class="axis" x="2" y="12">{title}</text>{content}</svg></figure>'
    )


def _attempts(picked: Picked) -> str:
    if not picked.rows:
        return '<p class="note">No row is listed.</p>'
    listed = counted(len(picked.rows), "attempt")
    lead = f"{listed}, the newest first."
    if picked.beyond:
        basis = f" ({picked.basis})" if picked.basis else ""
        lead = f"{listed}{basis}; {counted(picked.beyond, 'more row')} not listed."
    return (
        f'<p class="lead">{lead} A row opens to its details.</p>'
        '<div class="tools" id="tools" hidden><label for="find">Filter<input id="find" type="search" '
        'autocomplete="off" spellcheck="false"></label><label for="which">Rows<select id="which">'
        '<option value="all">all</option><option value="yes">that count</option>'
        '<option value="no">left out</option></select></label><p id="count" role="status"></p></div>'
        '<div class="scroll" role="region" aria-labelledby="attempts-caption" tabindex="0">'
        '<table id="attempts"><caption id="attempts-caption">Attempts, with what was predicted and used'
        f"</caption>{attempts.head()}{attempts.bodies(picked.rows)}</table></div>"
    )
