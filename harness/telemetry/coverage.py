"""Coverage: how far the samples are from what an estimator can be fitted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from harness.telemetry.replay import Report

SCHEMA = "harness.coverage/1"

Rank = Literal["high", "medium"]


@dataclass(frozen=True, slots=True)
class Target:
    """How many samples are wanted: at least, and how many are enough."""

    least: int
    most: int


SAMPLES = Target(30, 50)
TARGETS: Mapping[str, Mapping[str, Target]] = {
    "category": dict.fromkeys(
        ("implementation", "refactoring", "configuration", "integration", "testing", "documentation"),
        Target(8, 12),
    ),
    "complexity": {
        **dict.fromkeys(("low", "medium", "high"), Target(10, 15)),
        "maintenance": Target(4, 4),
    },
    "deliverables": {
        "1-3": Target(15, 15),
        "4-7": Target(15, 15),
        "8-15": Target(10, 10),
        "16+": Target(5, 5),
    },
}
"""The samples wanted by stratum; a sample counts once in each kind."""

# Finer categories that are part of one with a target.
_PART_OF = {
    "implement_feature": "implementation",
    "doc_synthesis": "documentation",
    "doc_synthesis_some_scope": "documentation",
    "doc_synthesis_wide_scope": "documentation",
    "doc_sot_update": "documentation",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """The samples of a stratum, and those wanted."""

    count: int
    least: int
    most: int
    missing: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stratum with fewer samples than wanted; `high` where it has none."""

    kind: str
    name: str
    count: int
    missing: int
    rank: Rank


@dataclass(frozen=True, slots=True)
class Coverage:
    """The progress to each target, strata without one, and the gaps, the worst first."""

    samples: Progress
    strata: Mapping[str, Mapping[str, Progress]]
    beyond: Mapping[str, Mapping[str, int]]
    gaps: tuple[Gap, ...]


def coverage(report: Report) -> Coverage:
    """The coverage by the samples of a replay, those in its error figures."""
    counts = {kind: _counts(report, kind) for kind in TARGETS}
    strata = {
        kind: {name: _progress(counts[kind].get(name, 0), target) for name, target in targets.items()}
        for kind, targets in TARGETS.items()
    }
    beyond = {
        kind: {name: count for name, count in found.items() if name not in TARGETS[kind]}
        for kind, found in counts.items()
    }
    return Coverage(_progress(report.samples, SAMPLES), strata, beyond, _gaps(strata))


def category_of(name: str) -> str:
    """The category a sample of the canonical category `name` counts for."""
    return _PART_OF.get(name, name)


def document(found: Coverage, report: Report) -> dict[str, Any]:
    """The document `harness.coverage/1`, without suggestions."""
    return {
        "schema": SCHEMA,
        "samples": asdict(found.samples),
        "excluded": dict(report.excluded),
        "strata": {
            kind: {name: asdict(progress) for name, progress in strata.items()}
            for kind, strata in found.strata.items()
        },
        "beyond": {kind: dict(counts) for kind, counts in found.beyond.items()},
        "gaps": [asdict(gap) for gap in found.gaps],
        "problems": [asdict(problem) for problem in report.problems],
        "problem_counts": [asdict(count) for count in report.problem_counts],
    }


def _counts(report: Report, kind: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, figures in report.strata[kind].items():
        name = category_of(name) if kind == "category" else name
        counts[name] = counts.get(name, 0) + figures.samples
    return counts


def _progress(count: int, target: Target) -> Progress:
    return Progress(count, target.least, target.most, max(0, target.least - count))


def _gaps(strata: Mapping[str, Mapping[str, Progress]]) -> tuple[Gap, ...]:
    gaps = [
        Gap(kind, name, progress.count, progress.missing, "medium" if progress.count else "high")
        for kind, found in strata.items()
        for name, progress in found.items()
        if progress.missing
    ]
    return tuple(ranked(gaps))


def ranked(gaps: Sequence[Gap]) -> list[Gap]:
    """The gaps, those without any sample first, then by how many are missing."""
    return sorted(gaps, key=lambda gap: (gap.rank != "high", -gap.missing))
