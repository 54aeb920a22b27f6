"""What is fitted: samples as figures, groups and the logarithm of the tokens they used."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from harness.telemetry.features import features
from harness.telemetry.fitted_prediction import groups
from harness.telemetry.moments import LONG_AGO, moment
from harness.telemetry.profile import Profile
from harness.telemetry.sample import Sample

MOST_VALUES = 200
"""The offsets of a fit; each costs time, and a group of few samples has next to none."""
LONGEST_VALUE = 200
"""Characters of a category, or of one with its complexity, that a profile can name."""

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Observations:
    """Samples in the order of time. Arrays have one entry a sample; `figures` one mapping.

    `times` are None where none is known or believed; such samples are the first. `logs` are natural
    logarithms of output tokens; where `censored`, no more than lower bounds.
    """

    samples: tuple[Sample, ...]
    times: tuple[datetime | None, ...]
    figures: tuple[dict[str, float], ...]
    groups: tuple[tuple[tuple[str, str], ...], ...]
    logs: Vector
    censored: Flags

    def __len__(self) -> int:
        return len(self.samples)

    def first(self, count: int) -> Observations:
        """The `count` oldest of them."""
        return self.part(0, count)

    def part(self, start: int, end: int) -> Observations:
        """Those from `start` up to `end`."""
        span = slice(start, end)
        return Observations(
            self.samples[span],
            self.times[span],
            self.figures[span],
            self.groups[span],
            self.logs[span],
            self.censored[span],
        )


def observe(samples: Iterable[Sample], spelling: Profile, now: datetime | None = None) -> Observations:
    """The samples that can be fitted: with plausible actual tokens. `spelling` has the category aliases.

    A time more than a day after `now` isn't believed.
    """
    usable = in_order((s for s in samples if is_usable(s)), now)
    mixed = len({sample.source for sample in usable}) > 1
    return Observations(
        samples=tuple(usable),
        times=tuple(moment(sample, now) for sample in usable),
        figures=tuple(_figures(sample) for sample in usable),
        groups=tuple(_groups(sample, spelling, mixed) for sample in usable),
        logs=np.array([math.log(sample.actual_output_tokens or 1) for sample in usable]),
        censored=np.array([sample.truncated for sample in usable], dtype=np.bool_),
    )


def is_usable(sample: Sample) -> bool:
    """Whether a sample's tokens say something about its size: measured, plausible, not made up."""
    return sample.actual_output_tokens is not None and not sample.implausible and not sample.synthetic


def in_order(samples: Iterable[Sample], now: datetime | None) -> list[Sample]:
    """Samples from the oldest to the newest; those without a time are the oldest, in their own order."""
    return sorted(samples, key=lambda sample: moment(sample, now) or LONG_AGO)


def _figures(sample: Sample) -> dict[str, float]:
    return features(sample.known_facts, sample.deliverable_count, sample.goal)


def _groups(sample: Sample, spelling: Profile, mixed: bool) -> tuple[tuple[str, str], ...]:
    found = groups(spelling.canonical(sample.category), sample.complexity.strip().lower())
    # Commits beside measured attempts differ by more than chance: they get an offset of their own.
    return (*found, ("source", sample.source)) if mixed and sample.backfilled else found


def group_values(groups_of: Sequence[tuple[tuple[str, str], ...]]) -> list[tuple[str, str]]:
    """The (group, value) pairs that can have an offset, in a fixed order.

    Of very many those with the most samples; one with a name nobody gave by hand has none.
    """
    counts = Counter(pair for pairs in groups_of for pair in pairs if len(pair[1]) <= LONGEST_VALUE)
    by_count = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return sorted(pair for pair, _ in by_count[:MOST_VALUES])
