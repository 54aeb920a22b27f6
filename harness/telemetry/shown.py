"""A report in words and tables, for whatever prints it: plain text or Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from harness.telemetry.measures import Figures, smape, waste_ratio
from harness.telemetry.problems import Problems
from harness.telemetry.reader import BadLine
from harness.telemetry.replay import ReplayedRow, Report
from harness.wording import counted

Table = list[tuple[str, ...]]
Measures = tuple[tuple[str, Callable[[Figures], str]], ...]

NO_SAMPLES = "no samples; gates not evaluated"
_NONE = "-"
_NUMBER = re.compile(r"-|[0-9.]+( %)?")
_ONLY_SEVERAL = ("model", "agent")
_MEASURES: Measures = (
    ("mean SMAPE", lambda f: percent(f.mean_smape)),
    ("median SMAPE", lambda f: percent(f.median_smape)),
    ("median waste", lambda f: ratio(f.median_waste_ratio)),
    ("under-estimated", lambda f: share(f.underestimation_rate)),
    ("in the interval", lambda f: share(f.interval_coverage)),
)


def percent(value: float | None) -> str:
    """A figure that is in percent already."""
    return _NONE if value is None else f"{value:.1f} %"


def share(value: float | None) -> str:
    """A fraction, in percent."""
    return percent(None if value is None else value * 100)


def ratio(value: float | None) -> str:
    """A ratio."""
    return _NONE if value is None else f"{value:.2f}"


def headline(report: Report) -> str:
    """What was replayed, in one line."""
    profile = f"profile {report.profile.name}, version {report.profile.version}"
    return f"{counted(report.samples, 'sample')} of {counted(report.valid, 'valid row')} ({profile})"


def comparison(report: Report) -> Table:
    """The recorded predictions beside those of today's estimator and of any other, with a header."""
    columns = [("recorded", report.recorded), ("today", report.current)]
    if report.compared:
        columns.append((f"at {short(report.compared.ref, 24)}", report.compared.figures))
    judged = [figures for _, figures in columns]
    table: Table = [("", *(name for name, _ in columns))]
    table += [(name, *(show(figures) for figures in judged)) for name, show in _measures(judged)]
    if any(figures.samples != report.samples for figures in judged):
        table.append(("samples", *(str(figures.samples) for figures in judged)))
    empty = ("",) * (len(columns) - 1)
    table.append(("success", share(report.success_rate), *empty))
    if report.phase_success_rate is not None:
        table.append(("attempts complete", share(report.phase_success_rate), *empty))
    return table


def strata(report: Report) -> list[Table]:
    """A table for each way of grouping the samples, with a header; none without samples.

    Models and agents have one only where there are several.
    """
    return [
        _stratum_table(kind, groups)
        for kind, groups in report.strata.items()
        if len(groups) > (kind in _ONLY_SEVERAL)
    ]


def _stratum_table(kind: str, groups: Mapping[str, Figures]) -> Table:
    measures = _measures(list(groups.values()))
    return [
        (kind, "samples", *(name for name, _ in measures)),
        *(
            (short(name) or "(none)", str(figures.samples), *(show(figures) for _, show in measures))
            for name, figures in groups.items()
        ),
    ]


def _measures(judged: Sequence[Figures]) -> Measures:
    """Those that are shown; the interval's only where one of the figures has it."""
    has_interval = any(figures.interval_coverage is not None for figures in judged)
    return _MEASURES if has_interval else _MEASURES[:-1]


def row_table(report: Report) -> Table:
    """Every valid row, with a header."""
    head = ("row", "phase", "predicted", "today", "actual", "SMAPE", "waste", "left out")
    return [head, *(_row(replayed) for replayed in report.rows)]


def left_out(report: Report) -> str:
    """How many rows are not in the error figures, by reason; empty when all are."""
    parts = [f"{count} {reason}" for reason, count in report.excluded.items() if count]
    return ", ".join(parts).replace("duplicates", "duplicate")


def left_out_rows(report: Report) -> list[str]:
    """Each row left out but the invalid ones, and why; those of commits, left out by choice, in one entry."""
    backfill = sum(row.reason == "backfill" for row in report.excluded_rows)
    commits = counted(backfill, "row") + " made from the repository's history; --include-backfill counts them"
    return [commits] * bool(backfill) + [
        f"{row.source}:{row.line}: {row.reason.removesuffix('s')}: {row.why} "
        f"({short(row.run)}/{short(row.phase)})"
        for row in report.excluded_rows
        if row.reason != "backfill"
    ]


def problems(report: Report, each: int = 20) -> list[str]:
    """The lines that aren't rows, as `problem_lines` has them."""
    return problem_lines(Problems(report.problems, report.problem_counts), each)


def problem_lines(found: Problems, each: int = 20) -> list[str]:
    """Of each file the first `each` lines that aren't rows, and why; how many more there are, by kind."""
    listed: dict[str, list[BadLine]] = {}
    more: dict[str, Counter[str]] = {}
    for problem in found.listed:
        listed.setdefault(problem.source, []).append(problem)
    for entry in found.counts:
        more.setdefault(entry.source, Counter())[entry.kind] = entry.count
    lines: list[str] = []
    for source, those in listed.items():
        lines += [f"{source}:{problem.line}: {problem.reason}" for problem in those[:each]]
        more[source].subtract(problem.kind for problem in those[:each])
        beyond = [f"{count:,} {kind}" for kind, count in more[source].most_common() if count]
        lines += [f"{source}: and {more[source].total():,} more: {', '.join(beyond)}"] if beyond else []
    return lines


def remarks(report: Report) -> list[str]:
    """Stored values that disagree with what they follow from, predictions that can't be remade."""
    found = [f"{remark.source}:{remark.line}: {remark.message}" for remark in report.remarks]
    found += [
        f"{r.row.source}:{r.row.line}: no prediction of today, as deliverables were left out of it"
        for r in report.rows
        if r.current is None
    ]
    return found


def remarks_title(report: Report) -> str:
    """What stands above the remarks, which says where they aren't all."""
    return "Remarks, of which not all were kept; replay --rows has them" if report.remarks_cut else "Remarks"


def lower_bounds(report: Report) -> str:
    """The truncated rows in one line; empty without any."""
    bounds = report.truncated
    if not bounds.count:
        return ""
    predicted = f"{bounds.mean_predicted or 0:.0f}"
    used = _NONE if bounds.mean_actual is None else f"{bounds.mean_actual:.0f}"
    return (
        f"{counted(bounds.count, 'truncated row')}: on average {predicted} tokens predicted, "
        f"at least {used} used; {share(bounds.underestimation_rate)} under-estimated"
    )


def gates(report: Report) -> list[str]:
    """Each gate, in one line."""
    return [
        f"Gate {gate.name}: {gate.told or _NONE}, limit {gate.limit:g}: "
        f"{'passed' if gate.passed else 'MISSED'}"
        for gate in report.gates
    ] or [NO_SAMPLES]


def numeric_columns(table: Table) -> list[bool]:
    """For each column, whether it holds numbers, which are set to the right."""
    _, *body = table
    return [
        any(column) and all(_NUMBER.fullmatch(cell) for cell in column if cell)
        for column in zip(*body, strict=True)
    ]


def short(text: str, width: int = 48) -> str:
    """`text` on one line, at most `width` characters of it."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 3] + "..."


def first(lines: Sequence[str], count: int = 20) -> list[str]:
    """The first lines, and how many there are beyond."""
    beyond = len(lines) - count
    return list(lines) if beyond <= 0 else [*lines[:count], f"... and {beyond} more (--json has all)"]


def _row(replayed: ReplayedRow) -> tuple[str, ...]:
    row, sample = replayed.row, replayed.row.sample
    predicted, actual = sample.predicted_output_tokens, sample.actual_output_tokens
    return (
        f"{row.source}:{row.line}",
        short(sample.phase_id, 32),
        str(predicted),
        str(replayed.current.tokens) if replayed.current else _NONE,
        _NONE if actual is None else str(actual),
        percent(None if actual is None else smape(predicted, actual)),
        ratio(None if actual is None else waste_ratio(predicted, actual)),
        replayed.exclusion.reason if replayed.exclusion else "",
    )
