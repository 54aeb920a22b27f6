"""Replay: recorded predictions and those of today's estimator against what was really used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.telemetry import strata
from harness.telemetry.derived import Remark, disagreements
from harness.telemetry.estimator import Prediction, smallest
from harness.telemetry.gates import Gate, evaluate
from harness.telemetry.measures import Figures, figures, rate, underestimated
from harness.telemetry.problems import ProblemCount, Problems, gathered, joined
from harness.telemetry.profile import Profile
from harness.telemetry.reader import BadLine, Row
from harness.telemetry.selection import (
    ExcludedRow,
    Exclusion,
    deduplicate,
    excluded_row,
    not_production,
    unusable,
)
from harness.telemetry.today import interval_of, predict_again, recorded_interval

Strata = Mapping[str, Mapping[str, Figures]]


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
class Options:
    """Which rows count beside measured production, and the limits of the gates by name."""

    limits: Mapping[str, float | None]
    include_synthetic: bool = False
    include_backfill: bool = False

    @property
    def admitted(self) -> frozenset[str]:
        """The reasons for which no row is left out."""
        asked = {"synthetic": self.include_synthetic, "backfill": self.include_backfill}
        return frozenset(reason for reason, admits in asked.items() if admits)


@dataclass(frozen=True, slots=True)
class Other:
    """Another profile to hold beside today's: the revision it was asked for by, its commit, itself."""

    ref: str
    commit: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Compared:
    """What the profile of another commit says of the same samples."""

    ref: str
    commit: str
    profile: str
    profile_version: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """What a replay found. SMAPE is in percent, rates are fractions, None without samples.

    `rows` and `excluded_rows` are empty where `listed` is false: with a million rows only their numbers are
    kept, and of the remarks the first; `remarks_cut` says that there are more. `problems` are the first of
    each file, `problem_counts` all of them counted.
    """

    profile: Profile
    rows: tuple[ReplayedRow, ...]
    valid: int
    options: Options
    success_rate: float | None
    phase_success_rate: float | None
    truncation_rate: float | None
    recorded: Figures
    current: Figures
    strata: Strata
    current_strata: Strata
    truncated: LowerBounds
    excluded: Mapping[str, int]
    excluded_rows: tuple[ExcludedRow, ...]
    synthetic_rows: tuple[ExcludedRow, ...]
    problems: tuple[BadLine, ...]
    problem_counts: tuple[ProblemCount, ...]
    remarks: tuple[Remark, ...]
    gates: tuple[Gate, ...]
    compared: Compared | None = None
    listed: bool = True
    remarks_cut: bool = False

    @property
    def samples(self) -> int:
        """The number of rows in the error figures."""
        return self.recorded.samples


def replay(
    rows: Sequence[Row],
    problems: Problems | Sequence[BadLine],
    profile: Profile,
    options: Options,
    other: Other | None = None,
) -> Report:
    """Judge rows as they were read; `problems` are those of the reader.

    Error figures are over the rows neither synthetic, backfilled, truncated, unmeasured nor
    implausible, failed ones included; success is over all that aren't synthetic or backfilled.
    """
    kept, repeats, conflicts = deduplicate(rows)
    least = smallest(profile)
    replayed = tuple(_replay_row(row, profile, least, options) for row in kept)
    counted = [r for r in replayed if r.exclusion is None]
    left_out = repeats + [excluded_row(r.row, r.exclusion) for r in replayed if r.exclusion]
    left_out.sort(key=lambda row: (row.source, row.line))
    found = problems if isinstance(problems, Problems) else gathered(problems)
    every_problem = joined((found, gathered(conflicts)))
    recorded, truncation = _recorded(counted), _truncation_rate(replayed, options)
    return Report(
        profile=profile,
        rows=replayed,
        valid=len(replayed) + len(repeats),
        options=options,
        success_rate=rate(r.row.sample.success for r in _production(replayed, options)),
        phase_success_rate=_phase_success_rate(_production(replayed, options)),
        truncation_rate=truncation,
        recorded=recorded,
        current=_current(counted),
        strata=_strata(counted, profile, _recorded),
        current_strata=_strata(counted, profile, _current),
        truncated=_lower_bounds(replayed),
        excluded=_count(left_out, every_problem.total),
        excluded_rows=tuple(left_out),
        synthetic_rows=tuple(
            excluded_row(r.row, r.made_up)
            for r in replayed
            if r.made_up is not None and r.made_up.reason == "synthetic"
        ),
        problems=every_problem.listed,
        problem_counts=every_problem.counts,
        remarks=tuple(remark for row in kept for remark in disagreements(row)),
        gates=tuple(evaluate(options.limits, gate_values(recorded, truncation))),
        compared=compare(other, (r.row for r in counted)) if other else None,
    )


def gate_values(recorded: Figures, truncation_rate: float | None) -> dict[str, float | None]:
    """The figures gates are held against, by the gates' names."""
    return {
        "mean_smape": recorded.mean_smape,
        "median_waste_ratio": recorded.median_waste_ratio,
        "underestimation_rate": recorded.underestimation_rate,
        "truncation_rate": truncation_rate,
        "interval_coverage": recorded.interval_coverage,
    }


def compare(other: Other, counted: Iterable[Row]) -> Compared:
    """The figures another profile would have had over the rows that count."""
    pairs = [
        (prediction, row.sample.actual_output_tokens or 0)
        for row in counted
        if (prediction := predict_again(other.profile, row.sample)) is not None
    ]
    found = _judge(pairs)
    return Compared(other.ref, other.commit, other.profile.name, other.profile.version, found)


def _replay_row(row: Row, profile: Profile, least: int, options: Options) -> ReplayedRow:
    sample = row.sample
    made_up = not_production(sample, profile, least)
    counts_anyway = made_up is None or made_up.reason in options.admitted
    return ReplayedRow(
        row=row,
        exclusion=(None if counts_anyway else made_up) or unusable(sample),
        made_up=made_up,
        current=predict_again(profile, sample),
    )


def _production(replayed: Iterable[ReplayedRow], options: Options) -> list[ReplayedRow]:
    return [r for r in replayed if r.made_up is None or r.made_up.reason in options.admitted]


def _truncation_rate(replayed: Iterable[ReplayedRow], options: Options) -> float | None:
    return rate(r.row.sample.truncated for r in _production(replayed, options))


def _phase_success_rate(production: Iterable[ReplayedRow]) -> float | None:
    told = (r.row.sample.phase_success for r in production)
    return rate(success for success in told if success is not None)


def _recorded(counted: Iterable[ReplayedRow]) -> Figures:
    samples = [r.row.sample for r in counted]
    within = [
        interval[0] <= (sample.actual_output_tokens or 0) <= interval[1]
        for sample in samples
        if (interval := recorded_interval(sample)) is not None
    ]
    return figures(((s.predicted_output_tokens, s.actual_output_tokens or 0) for s in samples), within)


def _current(counted: Iterable[ReplayedRow]) -> Figures:
    return _judge([(r.current, r.row.sample.actual_output_tokens or 0) for r in counted if r.current])


def _judge(pairs: Sequence[tuple[Prediction, int]]) -> Figures:
    """The figures over (prediction, actual tokens)."""
    within = [
        interval[0] <= actual <= interval[1]
        for prediction, actual in pairs
        if (interval := interval_of(prediction)) is not None
    ]
    return figures(((prediction.tokens, actual) for prediction, actual in pairs), within)


def _strata(
    counted: Iterable[ReplayedRow], profile: Profile, judge: Callable[[Iterable[ReplayedRow]], Figures]
) -> dict[str, dict[str, Figures]]:
    """The figures of `judge` by stratum, for each way of grouping."""
    groups: dict[str, dict[str, list[ReplayedRow]]] = {kind: {} for kind in strata.KINDS}
    for replayed in counted:
        s = replayed.row.sample
        names = strata.names(profile, s.category, s.complexity, s.deliverable_count, s.model, s.agent)
        for kind, name in zip(strata.KINDS, names, strict=True):
            groups[kind].setdefault(name, []).append(replayed)
    return {
        kind: {name: judge(found[name]) for name in strata.ordered(kind, found)}
        for kind, found in groups.items()
    }


def _lower_bounds(replayed: Iterable[ReplayedRow]) -> LowerBounds:
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


def _count(left_out: Iterable[ExcludedRow], invalid: int) -> dict[str, int]:
    by_reason = Counter(row.reason for row in left_out)
    return {
        "truncated": by_reason["truncated"],
        "synthetic": by_reason["synthetic"],
        "invalid": invalid,
        "unmeasured": by_reason["unmeasured"],
        "implausible": by_reason["implausible"],
        "duplicates": by_reason["duplicates"],
        "backfill": by_reason["backfill"],
    }
