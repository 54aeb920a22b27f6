"""Tables whose rows carry a bar: the error by stratum, and the progress to the sampling targets."""

from __future__ import annotations

from collections.abc import Mapping

from harness.telemetry import shown
from harness.telemetry.coverage import Coverage, Gap, Progress
from harness.telemetry.measures import Figures
from harness.telemetry.replay import Report
from harness.telemetry.report.markup import joined, text

TITLES = {
    "category": "Category",
    "complexity": "Complexity",
    "deliverables": "Deliverables",
    "model": "Model",
    "agent": "Agent",
}
STRATA = 40
"""The strata of a kind that are shown; models and agents can be any number."""

_ERROR_COLUMNS = '<col class="name"><col class="count"><col>' + 4 * '<col class="value">'
_PROGRESS_COLUMNS = '<col class="short"><col class="samples"><col class="gap"><col>'


def error_tables(report: Report) -> str:
    """For each kind of stratum a table: samples, the mean error as bars, waste, under-estimation."""
    widest = _widest(report)
    return joined(
        _errors(kind, groups, report.current_strata.get(kind, {}), widest, _limit(report))
        for kind, groups in report.strata.items()
        if groups
    )


def coverage_tables(found: Coverage) -> str:
    """For each kind of stratum a table of the samples there are and those wanted."""
    gaps = {(gap.kind, gap.name): gap for gap in found.gaps}
    return joined(_progress(kind, strata, gaps) for kind, strata in found.strata.items())


def _widest(report: Report) -> float:
    """The error a whole bar stands for: at least 50 %, and room for the largest there is."""
    means = [
        figures.mean_smape or 0.0
        for strata in (report.strata, report.current_strata)
        for groups in strata.values()
        for figures in groups.values()
    ]
    return max(50.0, *means) if means else 50.0


def _limit(report: Report) -> float | None:
    return next((gate.limit for gate in report.gates if gate.name == "mean_smape"), None)


def _errors(
    kind: str,
    groups: Mapping[str, Figures],
    today: Mapping[str, Figures],
    widest: float,
    limit: float | None,
) -> str:
    rows = [
        _error_row(name, figures, today.get(name, Figures(0)), widest, limit)
        for name, figures in list(groups.items())[:STRATA]
    ]
    beyond = len(groups) - STRATA
    note = f"<p>… and {beyond:,} more.</p>" if beyond > 0 else ""
    return (
        f'<div class="scroll" role="region" aria-labelledby="by-{kind}" tabindex="0"><table class="bars">'
        f'<caption id="by-{kind}">{TITLES[kind]}</caption>{_ERROR_COLUMNS}<thead><tr><th '
        f'scope="col">{TITLES[kind]}</th>'
        '<th scope="col" class="n">n</th><th scope="col">Mean SMAPE</th>'
        '<th scope="col" class="n">Then</th><th scope="col" class="n">Today</th>'
        '<th scope="col" class="n">Waste</th><th scope="col" class="n">Under</th></tr></thead>'
        f"<tbody>{joined(rows)}</tbody></table>{note}</div>"
    )


def _error_row(name: str, then: Figures, now: Figures, widest: float, limit: float | None) -> str:
    return (
        f'<tr><th scope="row"><bdi>{text(name, 40) or "(none)"}</bdi></th><td class="n">{then.samples:,}</td>'
        f"<td>{_pair(then.mean_smape, now.mean_smape, widest, limit)}</td>"
        f'<td class="n">{shown.percent(then.mean_smape)}</td><td class="n">'
        f"{shown.percent(now.mean_smape)}</td>"
        f'<td class="n">{shown.ratio(then.median_waste_ratio)}</td>'
        f'<td class="n">{shown.share(then.underestimation_rate)}</td></tr>'
    )


def _pair(then: float | None, now: float | None, widest: float, limit: float | None) -> str:
    """Two bars: the error then above, today's below, and the gate's limit as a line across."""
    parts = [
        f'<rect class="{name}" y="{y}" width="{100 * value / widest:.1f}" height="{height}"/>'
        for name, value, y, height in (("then", then, 1, 8), ("now", now, 10.5, 4.5))
        if value is not None
    ]
    if limit is not None and limit <= widest:
        parts.append(f'<path class="limit" d="M{100 * limit / widest:.1f},0V16"/>')
    return (
        '<svg class="bar" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="empty" width="100" height="16"/>{"".join(parts)}</svg>'
    )


def _progress(kind: str, strata: Mapping[str, Progress], gaps: Mapping[tuple[str, str], Gap]) -> str:
    rows = [_progress_row(name, progress, gaps.get((kind, name))) for name, progress in strata.items()]
    return (
        f'<div class="scroll" role="region" aria-labelledby="cover-{kind}" tabindex="0"><table class="bars">'
        f'<caption id="cover-{kind}">{TITLES[kind]}</caption>{_PROGRESS_COLUMNS}<thead><tr>'
        f'<th scope="col">{TITLES[kind]}</th><th scope="col" class="n">Samples</th>'
        '<th scope="col">Gap</th><th scope="col">Progress</th></tr></thead>'
        f"<tbody>{joined(rows)}</tbody></table></div>"
    )


def _progress_row(name: str, progress: Progress, gap: Gap | None) -> str:
    wanted = f"{progress.least}–{progress.most}" if progress.most > progress.least else f"{progress.least}"
    badge = '<span class="badge pass">✓ enough</span>'
    if gap is not None:
        badge = f'<span class="badge gap {gap.rank}">{gap.rank} −{gap.missing}</span>'
    width = 100 * min(1.0, progress.count / progress.least)
    return (
        f'<tr><th scope="row">{text(name)}</th>'
        f'<td class="n">{progress.count:,} / {wanted}</td><td>{badge}</td>'
        '<td><svg class="bar" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="empty" y="4" width="100" height="8"/>'
        f'<rect class="then" y="4" width="{width:.1f}" height="8"/></svg></td></tr>'
    )
