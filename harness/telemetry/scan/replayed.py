"""A replay of more rows than are kept one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.telemetry import strata
from harness.telemetry.derived import Remark
from harness.telemetry.estimator import smallest
from harness.telemetry.files import unreadable
from harness.telemetry.gates import evaluate
from harness.telemetry.measures import BUCKET_TOPS, Figures
from harness.telemetry.problems import Problems, joined
from harness.telemetry.profile import Profile
from harness.telemetry.reader import each_line
from harness.telemetry.replay import Compared, Options, Other, Report, Strata, gate_values
from harness.telemetry.sample import IMPLAUSIBLE_BELOW, Sample
from harness.telemetry.scan.block import UNKNOWN, Flags, Numbers
from harness.telemetry.scan.columns import NAMES, Columns
from harness.telemetry.scan.forecasts import DELIVERABLES, Forecasts, columns_of
from harness.telemetry.scan.lines import SIZE
from harness.telemetry.scan.piece import Known
from harness.telemetry.scan.reading import REMARKS, WORTH_A_PROCESS, read
from harness.telemetry.scan.repeats import Repeats, find_repeats
from harness.telemetry.scan.tally import Cells, Predictions, lower_bounds, share
from harness.telemetry.selection import is_backfill, least_of


def replay_files(
    files: Sequence[Path],
    profile: Profile,
    options: Options,
    other: Other | None = None,
    size: int = SIZE,
    worth_a_process: int = WORTH_A_PROCESS,
) -> Report:
    """Replay files as `replay` does their rows; what is left out is counted, not listed.

    They are read `size` bytes at a time, by a process for every `worth_a_process` bytes as far as there are
    processors; lines of no common form are read one by one.
    """
    columns: list[Columns] = []
    refused: list[Problems] = []
    remarks: list[Remark] = []
    profiles = [profile, *([other.profile] if other else [])]
    known = Known(Forecasts(profiles))
    for file in files:
        try:
            for entry in read(file, known, size, worth_a_process):
                if isinstance(entry, Columns):
                    columns.append(entry)
                elif isinstance(entry, Problems):
                    refused.append(entry)
                elif len(remarks) < REMARKS:
                    remarks.append(entry)
        except OSError as error:
            raise unreadable(file, error) from None
    repeats = find_repeats(columns, _lines)
    problems = joined([*refused, repeats.conflicts])
    cut = len(remarks) == REMARKS
    remarks = [r for r in remarks if r.line not in repeats.dropped.get(r.source, ())]
    whole = _Whole(columns, repeats, known.forecasts)
    report = _report(whole, profile, options, other, problems, remarks, repeats)
    return replace(report, remarks_cut=cut)


class _Whole:
    """All columns as one, without repeats, and what each row is counted as."""

    def __init__(self, columns: Sequence[Columns], repeats: Repeats, forecasts: Forecasts) -> None:
        kept = [_kept(part, repeats) for part in columns]
        offsets = np.cumsum([0, *(len(part.cells) for part in columns)])
        self.cells: list[Sample] = [sample for part in columns for sample in part.cells]
        self.numbers: dict[str, Numbers] = {
            name: _joined([part.numbers[name][keep] for part, keep in zip(columns, kept, strict=True)])
            for name in (columns[0].numbers if columns else (*NAMES, *forecasts.names))
            if name not in ("line", "cell")
        }
        self.cell: Numbers = _joined(
            [
                part.numbers["cell"][keep] + offset
                for part, keep, offset in zip(columns, kept, offsets[:-1], strict=True)
            ]
        )

    def flag(self, of: Callable[[Sample], bool]) -> Flags:
        """A flag of each row that all rows of its cell share."""
        by_cell = np.array([of(cell) for cell in self.cells], dtype=np.bool_)
        return by_cell[self.cell]


def _joined(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate(parts) if len(parts) > 1 else parts[0] if parts else np.empty(0, dtype=np.int64)


def _kept(part: Columns, repeats: Repeats) -> Flags | slice:
    lines = repeats.dropped.get(part.source)
    if not lines:
        return slice(None)
    return ~np.isin(part.numbers["line"], np.fromiter(lines, dtype=np.int64, count=len(lines)))


def _report(
    whole: _Whole,
    profile: Profile,
    options: Options,
    other: Other | None,
    problems: Problems,
    remarks: Sequence[Remark],
    repeats: Repeats,
) -> Report:
    numbers = whole.numbers
    left_out = _left_out(whole, profile, options)
    counted = left_out["counted"]
    production, truncated = left_out["production"], left_out["truncated"]
    cells = _cells(whole, profile, counted)
    (figures, by_kind), (current_figures, current_by_kind) = _then_and_now(whole, cells)
    phases = numbers["phase_success"][production]
    truncation_rate = share(numbers["truncated"][production])
    return Report(
        profile=profile,
        rows=(),
        valid=len(counted) + repeats.duplicates,
        options=options,
        success_rate=share(numbers["success"][production]),
        phase_success_rate=share(phases[phases != UNKNOWN]),
        truncation_rate=truncation_rate,
        recorded=figures,
        current=current_figures,
        strata=by_kind,
        current_strata=current_by_kind,
        truncated=lower_bounds(numbers["predicted"][truncated], numbers["actual"][truncated]),
        excluded=_excluded(left_out, problems.total, repeats.duplicates),
        excluded_rows=(),
        synthetic_rows=(),
        problems=problems.listed,
        problem_counts=problems.counts,
        remarks=tuple(remarks),
        gates=tuple(evaluate(options.limits, gate_values(figures, truncation_rate))),
        compared=_compare(whole, other, cells) if other else None,
        listed=False,
    )


def _cells(whole: _Whole, profile: Profile, counted: Flags) -> Cells:
    """The rows that count, by the strata they are in."""
    names = [
        strata.names(profile, cell.category, cell.complexity, tops, cell.model, cell.agent)
        for cell in whole.cells
        for tops in BUCKET_TOPS
    ]
    count = whole.numbers[DELIVERABLES]
    bucket = sum((count > top for top in BUCKET_TOPS[:-1]), np.zeros(len(count), dtype=np.int8))
    return Cells(names, whole.cell * len(BUCKET_TOPS) + bucket, counted)


def _then_and_now(whole: _Whole, cells: Cells) -> list[tuple[Figures, Strata]]:
    """The figures of what was predicted then, and of what is predicted now; each by stratum too."""

    def recorded() -> tuple[Figures, Strata]:
        return cells.figures(
            Predictions(*(whole.numbers[name] for name in ("predicted", "actual", "lower", "upper")))
        )

    def current() -> tuple[Figures, Strata]:
        return cells.figures(*_predicted_again(whole, 0))

    with ThreadPoolExecutor(2) as pool:
        return [future.result() for future in [pool.submit(recorded), pool.submit(current)]]


def _excluded(left_out: Mapping[str, Flags], invalid: int, duplicates: int) -> dict[str, int]:
    """How many lines and rows are not in the error figures, by reason."""
    return {
        **{name: int(left_out[name].sum()) for name in ("truncated", "synthetic")},
        "invalid": invalid,
        **{name: int(left_out[name].sum()) for name in ("unmeasured", "implausible")},
        "duplicates": duplicates,
        "backfill": int(left_out["backfill"].sum()),
    }


def _left_out(whole: _Whole, profile: Profile, options: Options) -> Mapping[str, Flags]:
    """For each reason the rows left out for it, those that count, and those that are production."""
    numbers, admitted = whole.numbers, options.admitted
    marked, backfill = whole.flag(lambda s: s.synthetic), whole.flag(is_backfill)
    backfill &= ~marked
    least = smallest(profile)
    bounds = np.array([least_of(cell, profile, least)[1] for cell in whole.cells], dtype=np.int64)
    bound = bounds[whole.cell] if len(bounds) else np.zeros(len(marked), dtype=np.int64)
    synthetic = marked | (~backfill & (numbers["predicted"] < bound))
    none = np.zeros(len(synthetic), dtype=np.bool_)
    out = {
        "synthetic": none if "synthetic" in admitted else synthetic,
        "backfill": none if "backfill" in admitted else backfill,
    }
    production = ~(out["synthetic"] | out["backfill"])
    rest = production.copy()
    for reason, holds in (
        ("truncated", numbers["truncated"] == 1),
        ("unmeasured", numbers["actual"] == UNKNOWN),
        ("implausible", numbers["actual"] < IMPLAUSIBLE_BELOW),
    ):
        out[reason] = rest & holds
        rest &= ~holds
    return {**out, "counted": rest, "production": production}


def _predicted_again(whole: _Whole, profile: int) -> tuple[Predictions, Flags]:
    """(what a profile predicts now for each row, whether it can)."""
    predicted, lower, upper = (whole.numbers[name] for name in columns_of(profile))
    return Predictions(predicted, whole.numbers["actual"], lower, upper), predicted != UNKNOWN


def _compare(whole: _Whole, other: Other, cells: Cells) -> Compared:
    figures, _ = cells.figures(*_predicted_again(whole, 1))
    return Compared(other.ref, other.commit, other.profile.name, other.profile.version, figures)


def _lines(source: str) -> Iterator[bytes]:
    with Path(source).open("rb") as stream:
        yield from each_line(stream)
