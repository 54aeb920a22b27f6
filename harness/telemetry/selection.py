"""Which rows count: duplicates dropped, and for each other row whether it is left out, and why."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.telemetry.estimator import smallest
from harness.telemetry.profile import Profile, load_profile, profile_names
from harness.telemetry.reader import BadLine, Row
from harness.telemetry.sample import IMPLAUSIBLE_BELOW, Identity, Sample

Place = tuple[str, int]
"""A source and a line of it, from 1."""
FIRST = "seed"
"""The profile of rows that name none."""

Reason = Literal["synthetic", "backfill", "truncated", "unmeasured", "implausible", "duplicates"]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a row is not in the error figures."""

    reason: Reason
    why: str


@dataclass(frozen=True, slots=True)
class ExcludedRow:
    """A row left out, where it stands, and why."""

    source: str
    line: int
    run: str
    phase: str
    reason: Reason
    why: str


def excluded_row(row: Row, exclusion: Exclusion) -> ExcludedRow:
    """`exclusion` with where its row stands."""
    run, phase = row.sample.run_id, row.sample.phase_id
    return ExcludedRow(row.source, row.line, run, phase, exclusion.reason, exclusion.why)


def deduplicate(rows: Sequence[Row]) -> tuple[list[Row], list[ExcludedRow], list[BadLine]]:
    """The first row of each (run, phase, attempt), identical repeats, and those that contradict it.

    A row without an attempt (the older export) is a repeat of one that says the same, time included;
    without a time it can't be told from a retry, and stays.
    """
    first: dict[Identity | Sample, Row] = {}
    kept: list[Row] = []
    repeats: list[ExcludedRow] = []
    conflicts: list[BadLine] = []
    for row in rows:
        sample = row.sample
        identity = sample.identity
        key = sample if sample.attempt is None else identity
        earlier = row if identity is None or key is None else first.setdefault(key, row)
        if earlier is row:
            kept.append(row)
        elif earlier.sample == sample:
            why = f"the same row as {earlier.source}:{earlier.line}"
            repeats.append(excluded_row(row, Exclusion("duplicates", why)))
        else:
            conflicts.append(contradiction((row.source, row.line), (earlier.source, earlier.line)))
    return kept, repeats, conflicts


def contradiction(place: Place, first: Place) -> BadLine:
    """The problem of a row that says something else than the first of its attempt."""
    why = f"contradicts {first[0]}:{first[1]}, the same attempt; the first is kept"
    return BadLine(*place, why, "contradiction")


def not_production(sample: Sample, profile: Profile, least: int) -> Exclusion | None:
    """Why a sample isn't measured production: marked so, or predicted below what its profile can.

    `least` is the smallest prediction of `profile`, today's.
    """
    predicted = sample.predicted_output_tokens
    if sample.synthetic:
        return Exclusion("synthetic", "marked synthetic")
    if is_backfill(sample):
        return Exclusion("backfill", "made from the repository's history")
    maker, bound = least_of(sample, profile, least)
    if predicted < bound:
        why = f"predicted {predicted} tokens, but profile {maker} predicts at least {bound}"
        return Exclusion("synthetic", why)
    return None


def least_of(sample: Sample, profile: Profile, least: int) -> tuple[str, int]:
    """The profile that predicted a sample and the least it can predict, 0 where it isn't at hand.

    Another version of a profile isn't: its numbers may have been smaller ones. Rows of the older export
    name none: their estimator is kept as `seed`, whatever is chosen today.
    """
    maker = sample.profile or FIRST
    if maker == profile.name and sample.profile_version in (None, profile.version):
        return maker, least
    return maker, _least_packaged(maker, sample.profile_version)


@functools.cache
def _least_packaged(name: str, version: int | None) -> int:
    if name not in profile_names():
        return 0
    profile = load_profile(name)
    return smallest(profile) if version in (None, profile.version) else 0


def is_backfill(sample: Sample) -> bool:
    """Whether a sample was made from a commit, not measured."""
    return sample.source == "backfill"


def unusable(sample: Sample) -> Exclusion | None:
    """Why a sample's actual tokens can't be held against its prediction; None when they can."""
    actual = sample.actual_output_tokens
    if sample.truncated:
        bound = "" if actual is None else f" after {actual} tokens, which is only a lower bound"
        return Exclusion("truncated", f"cut off{bound}")
    if actual is None:
        return Exclusion("unmeasured", "no actual output tokens")
    if sample.implausible:
        why = f"only {actual} output tokens, fewer than {IMPLAUSIBLE_BELOW}"
        return Exclusion("implausible", why)
    return None
