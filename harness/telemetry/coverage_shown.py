"""Coverage in words and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from harness.telemetry.coverage import Coverage, Gap, Progress
from harness.telemetry.shown import first, short
from harness.telemetry.suggestion import Place, Suggestion

_BAR = 12
_TITLES = {"category": "Category", "complexity": "Complexity", "deliverables": "Deliverables"}


def lines(found: Coverage, suggestions: Sequence[Suggestion] | None) -> list[str]:
    """The coverage, line by line; None where no suggestions were asked for."""
    shown = [f"Telemetry coverage: {_amount(found.samples)} samples"]
    for kind, strata in found.strata.items():
        shown += ["", _TITLES[kind]]
        shown += [_line(name, progress) for name, progress in strata.items()]
        beyond = [f"{short(name) or '(none)'} {count}" for name, count in found.beyond[kind].items()]
        shown += [f"  without a target: {', '.join(first(beyond))}"] if beyond else []
    shown += ["", *gap_lines(found.gaps)]
    return shown if suggestions is None else [*shown, "", *_suggested(suggestions)]


def gap_lines(gaps: Sequence[Gap]) -> list[str]:
    """The gaps by rank, a line each rank."""
    if not gaps:
        return ["No gaps: every target is reached."]
    ranks = {rank: [gap for gap in gaps if gap.rank == rank] for rank in ("high", "medium")}
    meaning = {"high": "no sample at all", "medium": "too few samples"}
    return [
        f"Gaps, {rank} ({meaning[rank]}): " + ", ".join(f"{gap.name} (-{gap.missing})" for gap in those)
        for rank, those in ranks.items()
        if those
    ]


def as_json(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as plain data."""
    fills = [{"kind": kind, "name": name} for kind, name in suggestion.fills]
    return {**asdict(suggestion.candidate), "fills": fills}


def _suggested(suggestions: Sequence[Suggestion]) -> list[str]:
    if not suggestions:
        return ["No phase of the plan that isn't complete fills a gap."]
    entries = [
        f"  {s.candidate.phase}  ({s.candidate.state}): {', '.join(map(_place, s.fills))}"
        for s in suggestions
    ]
    return ["Phases to run next, those that fill the most gaps first:", *first(entries)]


def _place(place: Place) -> str:
    kind, name = place
    return f"{name} deliverables" if kind == "deliverables" else name


def _line(name: str, progress: Progress) -> str:
    full = min(_BAR, progress.count * _BAR // progress.least)
    mark = "" if not progress.missing else "  gap" if progress.count else "  GAP"
    return f"  {name:15} {'#' * full:.<{_BAR}} {_amount(progress):>10}{mark}"


def _amount(progress: Progress) -> str:
    wanted = f"{progress.least}-{progress.most}" if progress.most > progress.least else str(progress.least)
    return f"{progress.count}/{wanted}"
