"""The figures a reader looks for first, and the gates."""

from __future__ import annotations

from harness.telemetry import shown
from harness.telemetry.gates import BOUNDS, Gate
from harness.telemetry.measures import Figures
from harness.telemetry.replay import Report
from harness.telemetry.report.markup import joined, text

_GATES = {
    "mean_smape": "mean SMAPE, %",
    "median_waste_ratio": "median waste",
    "underestimation_rate": "under-estimated, share",
    "truncation_rate": "cut off, share",
    "interval_coverage": "in the interval, share",
}


def tiles(report: Report) -> str:
    """The figures, each with what today's estimator would have, as a description list."""
    then, now = report.recorded, report.current
    found = [
        _tile("Mean SMAPE", shown.percent(then.mean_smape), _today(shown.percent(now.mean_smape))),
        _tile("Median SMAPE", shown.percent(then.median_smape), _today(shown.percent(now.median_smape))),
        _tile("Median waste", _times(then), _today(_times(now))),
        _tile("Under-estimated", _share(then), _today(_share(now))),
        _tile("Success", shown.share(report.success_rate), _completed(report)),
    ]
    if then.interval_coverage is not None or now.interval_coverage is not None:
        inside, today = shown.share(then.interval_coverage), shown.share(now.interval_coverage)
        beside = "of those with one" if now.interval_coverage is None else _today(today)
        found.append(_tile("In the interval", inside, beside))
    return f'<dl class="tiles">{joined([_samples(report), *found])}</dl>'


def gates(report: Report) -> str:
    """Each gate, what it asks and whether it is passed; a sentence where there is none."""
    if not report.samples:
        return "<p>Without samples no gate is evaluated.</p>"
    if not report.gates:
        return "<p>No gate is set.</p>"
    rows = joined(map(_gate, report.gates))
    return (
        '<div class="scroll" role="region" aria-labelledby="gates-caption" tabindex="0"><table class="wrap">'
        '<caption id="gates-caption">Limits of the recorded figures</caption>'
        '<thead><tr><th scope="col">Gate</th><th scope="col" class="n">Is</th>'
        '<th scope="col" class="n">Must be</th><th scope="col">Result</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def verdict(report: Report) -> str:
    """All gates in a few words, with the class of the badge that says so."""
    if not report.gates:
        return ""
    missed = sum(not gate.passed for gate in report.gates)
    if missed:
        return f'<span class="badge miss">✗ {missed} gate{"" if missed == 1 else "s"} missed</span>'
    return '<span class="badge pass">✓ gates passed</span>'


def _gate(gate: Gate) -> str:
    mark = '<span class="badge pass">✓ passed</span>'
    if not gate.passed:
        mark = '<span class="badge miss">✗ missed</span>'
    return (
        f'<tr><th scope="row">{_GATES[gate.name]}</th><td class="n">{gate.told or "–"}</td>'
        f'<td class="n">{BOUNDS[gate.name]} {gate.limit:g}</td><td>{mark}</td></tr>'
    )


def _samples(report: Report) -> str:
    return _tile("Samples", f"{report.samples:,}", f"of {report.valid:,} valid rows")


def _tile(name: str, value: str, beside: str) -> str:
    return f"<div><dt>{name}</dt><dd>{text(value)}</dd><dd>{text(beside)}</dd></div>"


def _today(value: str) -> str:
    return f"today {value}"


def _times(figures: Figures) -> str:
    waste = figures.median_waste_ratio
    return "-" if waste is None else f"{waste:.2f}×"


def _share(figures: Figures) -> str:
    return shown.share(figures.underestimation_rate)


def _completed(report: Report) -> str:
    if report.phase_success_rate is None:
        return "of agent calls"
    return f"of calls; {shown.share(report.phase_success_rate)} of attempts complete"
