"""Replay: recorded predictions and those of today's estimator against what was really used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.telemetry.derived import Remark, disagreements
from harness.telemetry.estimator import Prediction, predict, smallest
from harness.telemetry.gates import Gate, evaluate
from harness.telemetry.measures import BUCKETS, Figures, bucket, figures, rate, underestimated
from harness.telemetry.profile import Profile
from harness.telemetry.reader import BadLine, Row
from harness.telemetry.sample import Sample
from harness.telemetry.selection import (
    ExcludedRow,
    Exclusion,
    deduplicate,
    excluded_row,
    made_up,
    unusable,
)

_COMPLEXITIES = ("low", "medium", "high", "maintenance")


@dataclass(frozen=True, slots=True)
class ReplayedRow:
    """A row, why it is left out (None: it counts), and what the estimator says of it today.

    `made_up` says why it isn't production, also where such rows were asked for and count. `current`
    is None where the row doesn't tell all of its deliverables.
    """

    row: Row
    exclusion: Exclusion | None
    made_up: Exclusion | None
    current: Prediction | None


@dataclass(frozen=True, slots=True)
class LowerBounds:
    """Truncated rows, in tokens: what they used is only the least they needed."""

    count: int
    mean_predicted: float | None
    mean_actual: float | None
    underestimation_rate: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a replay found. SMAPE is in percent, rates are fractions, None without samples."""

    profile: Profile
    rows: tuple[ReplayedRow, ...]
    include_synthetic: bool
    success_rate: float | None
    phase_success_rate: float | None
    recorded: Figures
    current: Figures
    strata: Mapping[str, Mapping[str, Figures]]
    truncated: LowerBounds
    excluded: Mapping[str, int]
    excluded_rows: tuple[ExcludedRow, ...]
    synthetic_rows: tuple[ExcludedRow, ...]
    problems: tuple[BadLine, ...]
    remarks: tuple[Remark, ...]
    gates: tuple[Gate, ...]

    @property
    def samples(self) -> int:
        """The number of rows in the error figures."""
        return self.recorded.samples


def replay(
    rows: Sequence[Row],
    problems: Sequence[BadLine],
    profile: Profile,
    limits: Mapping[str, float],
    *,
    include_synthetic: bool = False,
) -> Report:
    """Judge rows as they were read; `problems` are those of the reader, `limits` the gates.

    Error figures are over the rows neither synthetic, truncated, unmeasured nor implausible, failed
    ones included; success is over all that aren't synthetic.
    """
    kept, repeats, conflicts = deduplicate(rows)
    least = smallest(profile)
    replayed = tuple(_replay_row(row, profile, least, include_synthetic) for row in kept)
    counted = [r for r in replayed if r.exclusion is None]
    left_out = repeats + [excluded_row(r.row, r.exclusion) for r in replayed if r.exclusion]
    left_out.sort(key=lambda row: (row.source, row.line))
    production = [r.row.sample for r in replayed if include_synthetic or r.made_up is None]
    every_problem = sorted([*problems, *conflicts], key=lambda p: (p.source, p.line))
    recorded = figures(_recorded(r) for r in counted)
    return Report(
        profile=profile,
        rows=replayed,
        include_synthetic=include_synthetic,
        success_rate=rate(sample.success for sample in production),
        phase_success_rate=rate(
            sample.phase_success for sample in production if sample.phase_success is not None
        ),
        recorded=recorded,
        current=figures(pair for r in counted if (pair := _current(r))),
        strata=_strata(counted, profile),
        truncated=_lower_bounds(replayed),
        excluded=_count(left_out, len(every_problem)),
        excluded_rows=tuple(left_out),
        synthetic_rows=tuple(excluded_row(r.row, r.made_up) for r in replayed if r.made_up),
        problems=tuple(every_problem),
        remarks=tuple(remark for row in kept for remark in disagreements(row)),
        gates=tuple(evaluate(limits, recorded)),
    )


def _replay_row(row: Row, profile: Profile, least: int, include_synthetic: bool) -> ReplayedRow:
    sample = row.sample
    synthetic = made_up(sample, profile, least)
    facts = sample.complete_facts
    return ReplayedRow(
        row=row,
        exclusion=(None if include_synthetic else synthetic) or unusable(sample),
        made_up=synthetic,
        current=predict(profile, sample.category, sample.complexity, facts) if facts is not None else None,
    )


def _recorded(replayed: ReplayedRow) -> tuple[int, int]:
    sample = replayed.row.sample
    return sample.predicted_output_tokens, sample.actual_output_tokens or 0


def _current(replayed: ReplayedRow) -> tuple[int, int] | None:
    if replayed.current is None:
        return None
    return replayed.current.tokens, replayed.row.sample.actual_output_tokens or 0


def _strata(counted: Sequence[ReplayedRow], profile: Profile) -> dict[str, dict[str, Figures]]:
    return {
        "category": _by(counted, lambda sample: profile.canonical(sample.category)),
        "complexity": _by(counted, lambda sample: sample.complexity.strip().lower(), _COMPLEXITIES),
        "deliverables": _by(counted, lambda sample: bucket(sample.deliverable_count), BUCKETS),
    }


def _by(
    counted: Sequence[ReplayedRow], stratum: Callable[[Sample], str], order: Sequence[str] = ()
) -> dict[str, Figures]:
    """Figures by stratum: those in `order` first, in that order, others by name."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for replayed in counted:
        groups.setdefault(stratum(replayed.row.sample), []).append(_recorded(replayed))
    names = [name for name in order if name in groups]
    names += sorted(groups.keys() - set(order))
    return {name: figures(groups[name]) for name in names}


def _lower_bounds(replayed: Sequence[ReplayedRow]) -> LowerBounds:
    samples = [r.row.sample for r in replayed if r.exclusion and r.exclusion.reason == "truncated"]
    pairs = [
        (sample.predicted_output_tokens, sample.actual_output_tokens)
        for sample in samples
        if sample.actual_output_tokens is not None
    ]
    return LowerBounds(
        count=len(samples),
        mean_predicted=fmean(s.predicted_output_tokens for s in samples) if samples else None,
        mean_actual=fmean(actual for _, actual in pairs) if pairs else None,
        underestimation_rate=rate(underestimated(p, a) for p, a in pairs),
    )


def _count(left_out: Sequence[ExcludedRow], invalid: int) -> dict[str, int]:
    by_reason = Counter(row.reason for row in left_out)
    return {
        "truncated": by_reason["truncated"],
        "synthetic": by_reason["synthetic"],
        "invalid": invalid,
        "unmeasured": by_reason["unmeasured"],
        "implausible": by_reason["implausible"],
        "duplicates": by_reason["duplicates"],
    }
