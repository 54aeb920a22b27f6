"""The report of a replay as the document `harness.replay/1`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from harness.telemetry.estimator import smallest
from harness.telemetry.measures import smape, underestimated, waste_ratio
from harness.telemetry.replay import ReplayedRow, Report, Strata
from harness.telemetry.today import interval_of, recorded_interval

SCHEMA = "harness.replay/1"


def document(report: Report, *, rows: bool = False) -> dict[str, Any]:
    """The report as plain JSON data; with `rows`, every valid row too, whether it counts or not."""
    profile = report.profile
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "profile": {
            "name": profile.name,
            "version": profile.version,
            "smallest": smallest(profile),
        },
        "samples": report.samples,
        "excluded": dict(report.excluded),
        "include_synthetic": report.options.include_synthetic,
        "include_backfill": report.options.include_backfill,
        "valid": report.valid,
        "success_rate": report.success_rate,
        "phase_success_rate": report.phase_success_rate,
        "truncation_rate": report.truncation_rate,
        "recorded": asdict(report.recorded),
        "current": asdict(report.current),
        "strata": _strata(report.strata),
        "current_strata": _strata(report.current_strata),
        "truncated": asdict(report.truncated),
        "gates": _list(report.gates),
        "synthetic_rows": _list(report.synthetic_rows),
        "excluded_rows": _list(report.excluded_rows),
        "problems": _list(report.problems),
        "problem_counts": _list(report.problem_counts),
        "remarks": _list(report.remarks),
        "listed": report.listed,
        "compared": asdict(report.compared) if report.compared else None,
    }
    if rows:
        found["rows"] = [_row(replayed) for replayed in report.rows]
    return found


def _strata(strata: Strata) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        kind: {name: asdict(figures) for name, figures in groups.items()} for kind, groups in strata.items()
    }


def _list(entries: Iterable[Any]) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in entries]


def _row(replayed: ReplayedRow) -> dict[str, Any]:
    sample, current = replayed.row.sample, replayed.current
    recorded = _judged(sample.predicted_output_tokens, sample.selected_budget, sample.actual_output_tokens)
    return {
        "source": replayed.row.source,
        "line": replayed.row.line,
        "run_id": sample.run_id,
        "phase_id": sample.phase_id,
        "attempt": sample.attempt,
        "category": sample.category,
        "complexity": sample.complexity,
        "deliverable_count": sample.deliverable_count,
        "success": sample.success,
        "phase_success": sample.phase_success,
        "truncated": sample.truncated,
        "model": sample.model,
        "agent": sample.agent,
        "timestamp": sample.timestamp,
        "synthetic": replayed.made_up is not None and replayed.made_up.reason == "synthetic",
        "excluded": replayed.exclusion.reason if replayed.exclusion else None,
        "actual_output_tokens": sample.actual_output_tokens,
        **recorded,
        "interval": recorded_interval(sample),
        "current": current
        and {
            **_judged(current.tokens, current.budget, sample.actual_output_tokens),
            "interval": interval_of(current),
        },
    }


def _judged(predicted: int, budget: int | None, actual: int | None) -> dict[str, Any]:
    """A prediction and its errors, None where there is no actual number to hold against it."""
    return {
        "predicted_output_tokens": predicted,
        "selected_budget": budget,
        "smape_percent": None if actual is None else smape(predicted, actual),
        "waste_ratio": None if actual is None else waste_ratio(predicted, actual),
        "underestimated": None if actual is None else underestimated(predicted, actual),
    }
