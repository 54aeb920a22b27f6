"""The table of attempts, each with its details: what was asked, expected and used, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.telemetry.measures import waste_ratio
from harness.telemetry.moments import moment
from harness.telemetry.replay import ReplayedRow
from harness.telemetry.report.markup import joined, number, text
from harness.telemetry.report.picked import error
from harness.telemetry.sample import DeliverableRecord, Sample
from harness.telemetry.today import interval_of, recorded_interval

COLUMNS = (
    ("Phase", ""),
    ("Time", ""),
    ("Category", ""),
    ("Complexity", ""),
    ("Files", "n"),
    ("Predicted", "n"),
    ("Today", "n"),
    ("Used", "n"),
    ("SMAPE", "n"),
    ("Waste", "n"),
    ("Outcome", ""),
    ("Counts", ""),
)
"""The columns' titles and classes; every attempt has a body of its own with a second row of details."""


def head() -> str:
    """The head of the table."""
    cells = "".join(
        f'<th scope="col"{f" class={kind}" if kind else ""}>{title}</th>' for title, kind in COLUMNS
    )
    return f"<thead><tr>{cells}</tr></thead>"


def bodies(rows: Sequence[ReplayedRow]) -> str:
    """An HTML table body an attempt, `a<number>` its id."""
    return joined(_body(number_, replayed) for number_, replayed in enumerate(rows))


def _body(at: int, replayed: ReplayedRow) -> str:
    sample = replayed.row.sample
    name = text(sample.phase_id, 60) or "(none)"
    cells = "".join(
        f'<td class="n">{value}</td>' if kind else f"<td>{value}</td>"
        for (_, kind), value in zip(COLUMNS[1:], _cells(replayed), strict=True)
    )
    details = "".join(f"<dt>{term}</dt><dd>{value}</dd>" for term, value in _details(replayed))
    return (
        f'<tbody id="a{at}"><tr><th scope="row"><bdi>{name}</bdi></th>{cells}</tr>'
        f'<tr class="more"><td colspan="{len(COLUMNS)}"><details><summary><span>Details of '
        f"{name}</span></summary>"
        f"<div><dl>{details}</dl>{_deliverables(sample)}</div></details></td></tr></tbody>"
    )


def _cells(replayed: ReplayedRow) -> tuple[str, ...]:
    sample = replayed.row.sample
    actual = sample.actual_output_tokens
    wrong = error(replayed)
    waste = None if actual is None else waste_ratio(sample.predicted_output_tokens, actual)
    return (
        text(_time(sample)),
        text(sample.category, 24),
        text(sample.complexity, 16),
        f"{sample.deliverable_count:,}",
        number(sample.predicted_output_tokens),
        number(replayed.current.tokens if replayed.current else None),
        ("≥ " if sample.truncated and actual is not None else "") + number(actual),
        "–" if wrong is None else f"{wrong:.1f} %",
        number(waste, 2),
        _outcome(sample),
        f"no: {replayed.exclusion.reason}" if replayed.exclusion else "yes",
    )


def _time(sample: Sample) -> str:
    """In UTC, so that times sort as they are shown; what is no time stands as it is."""
    found = moment(sample)
    return (sample.timestamp or "–")[:16] if found is None else found.isoformat(" ")[:16]


def _outcome(sample: Sample) -> str:
    if sample.outcome:
        return text(sample.outcome, 24)
    if sample.success and sample.phase_success is not False:
        return "success"
    return "failed"


def _details(replayed: ReplayedRow) -> Iterator[tuple[str, str]]:
    """Terms and what is known of them; what isn't known isn't mentioned."""
    sample = replayed.row.sample
    yield "Run", f"<bdi>{text(sample.run_id)}</bdi>"
    yield "Phase", f"<bdi>{text(sample.phase_id)}</bdi>"
    yield "Row", f"<code>{text(replayed.row.source)}:{replayed.row.line}</code>"
    yield from _expected(replayed)
    yield from _used(sample)
    for term, value in (
        ("Attempt", sample.attempt),
        ("Outcome", sample.outcome),
        ("Stop reason", sample.stop_reason),
        ("Model", sample.model),
        ("Agent", sample.agent),
        ("Time", sample.timestamp),
    ):
        if value is not None:
            yield term, f"<bdi>{text(value)}</bdi>"
    for term, value in (("Commit", sample.commit), ("Tree", sample.tree)):
        if value is not None:
            yield term, f"<code>{text(value, 64)}</code>"
    yield "Agent’s call", "succeeded" if sample.success else "failed"
    if sample.phase_success is not None:
        yield "Phase complete", "yes" if sample.phase_success else "no"
    if replayed.exclusion:
        yield "Left out", text(replayed.exclusion.why)


def _expected(replayed: ReplayedRow) -> Iterator[tuple[str, str]]:
    sample, interval = replayed.row.sample, recorded_interval(replayed.row.sample)
    yield "Predicted", f"{number(sample.predicted_output_tokens)} tokens" + _by(sample)
    if interval is not None:
        level = "" if sample.predicted_level is None else f" ({sample.predicted_level:.0%})"
        yield "Interval", f"{number(interval[0])} to {number(interval[1])}{level}"
    if replayed.current is not None:
        between = interval_of(replayed.current)
        bounds = f", {number(between[0])} to {number(between[1])}" if between else ""
        yield "Predicted today", number(replayed.current.tokens) + bounds
    if sample.selected_budget is not None:
        yield "Budget", number(sample.selected_budget)
    if sample.ceiling is not None:
        yield "Ceiling", number(sample.ceiling)


def _by(sample: Sample) -> str:
    if sample.profile is None:
        return ""
    version = "" if sample.profile_version is None else f" {sample.profile_version}"
    return f" by profile {text(sample.profile, 40)}{version}"


def _used(sample: Sample) -> Iterator[tuple[str, str]]:
    actual = sample.actual_output_tokens
    if actual is not None:
        basis = f", {text(sample.actual_basis)}" if sample.actual_basis else ""
        yield "Used", f"{'at least ' if sample.truncated else ''}{number(actual)} tokens{basis}"
    others = (
        ("input", sample.input_tokens),
        ("cache read", sample.cache_read_tokens),
        ("cache write", sample.cache_write_tokens),
    )
    known = [f"{number(value)} {name}" for name, value in others if value is not None]
    if known:
        yield "Beside them", ", ".join(known)
    if sample.cost is not None:
        yield "Cost", f"{sample.cost:,.4g}"
    if sample.duration is not None:
        yield "Duration", f"{sample.duration:,.1f} s"


def _deliverables(sample: Sample) -> str:
    records = sample.deliverable_facts
    entries = [_fact(record) for record in records] or [
        f"<li><code>{text(path)}</code></li>" for path in sample.deliverables
    ]
    beyond = sample.deliverable_count - len(entries)
    if beyond > 0:
        entries.append(f"<li>… and {beyond:,} more</li>")
    return f"<p>Deliverables</p><ul>{''.join(entries)}</ul>" if entries else ""


def _fact(record: DeliverableRecord) -> str:
    what = "new"
    if record.existed:
        what = "existed" if record.lines is None else f"{record.lines:,} lines before"
    return f"<li><code>{text(record.path)}</code> {what}</li>"
