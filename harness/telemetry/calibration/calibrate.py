"""From rows to a profile or a refusal: which samples count, what they give, whether it is better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from harness.telemetry.calibration.fit import Fitted, fit, log_smape, make_profile, spelling
from harness.telemetry.calibration.observations import Flags, Observations, in_order, is_usable, observe
from harness.telemetry.estimator import predict, smallest
from harness.telemetry.fitted import Fit, FittedProfile
from harness.telemetry.measures import smape
from harness.telemetry.moments import LONG_AGO, believed, instant
from harness.telemetry.profile import Profile
from harness.telemetry.sample import Sample
from harness.telemetry.selection import not_production

LEAST_SAMPLES = 20
"""Complete samples without which nothing is fitted."""
MOST_SAMPLES = 20_000
"""Of more samples the newest are fitted; older ones would count for next to nothing."""
LEAST_UNSEEN = 10
"""Samples a profile wasn't fitted to, without which nothing can be said against it."""
MOST_CENSORED = 0.5
"""The share of truncated samples beyond which there are more bounds than figures."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the samples can't carry a profile."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many samples were fitted, and how many of them are only lower bounds, or of commits.

    `undated` have no time that can be read, or one that lies ahead.
    """

    samples: int
    censored: int
    backfilled: int
    undated: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """What came of it. `profile` is None where refused; SMAPE in percent, None where not computed.

    `judged` samples tell how good the fit is; `compared` are those of them the current profile wasn't
    fitted to, which is where the two are compared.
    """

    profile: FittedProfile | None
    refusal: Refusal | None
    counts: Counts
    left_out: Mapping[str, int]
    fitted: Fitted | None = None
    judged: int = 0
    compared: int = 0
    current_smape: float | None = None


def calibrate(
    samples: Sequence[Sample],
    current: Profile,
    name: str,
    *,
    include_backfill: bool = False,
    now: datetime | None = None,
) -> Calibration:
    """Fit a profile called `name` to samples, to be better than `current`.

    Backfilled samples count only if asked for; beside measured ones they have an offset of their own, and
    as soon as there are enough of them, only the measured ones judge the fit. A time more than a day after
    `now` isn't believed: its sample counts as one without a time, an old one.
    """
    chosen, left_out = _chosen(samples, current, include_backfill, now)
    observed = observe(chosen, spelling(), now)
    refusal = _too_little(observed, left_out)
    counts = Counts(
        samples=len(observed),
        censored=int(observed.censored.sum()),
        backfilled=sum(sample.backfilled for sample in observed.samples),
        undated=observed.times.count(None),
    )
    if refusal:
        return Calibration(None, refusal, counts, left_out)
    judged = _judged(observed)
    fitted = fit(observed, judged)
    unseen = judged & _unseen(current, observed)
    current_smape = _smape_of(current, observed, unseen) if unseen.any() else None
    refusal = _cannot_tell(current, now) or _not_better(fitted, unseen, current_smape, current)
    about = Fit(
        samples=counts.samples,
        censored=counts.censored,
        backfilled=counts.backfilled,
        newest=_newest(observed),
        leave_one_out_smape=fitted.smape,
        compared_with=current.name,
        compared_smape=current_smape or 0.0,
    )
    profile = None if refusal else make_profile(name, fitted, about)
    return Calibration(
        profile,
        refusal,
        counts,
        left_out,
        fitted=fitted,
        judged=int(judged.sum()),
        compared=int(unseen.sum()),
        current_smape=current_smape,
    )


def _newest(observed: Observations) -> str:
    """The time of the newest sample, "" where none has one."""
    newest = max(time or LONG_AGO for time in observed.times)
    return "" if newest == LONG_AGO else newest.isoformat()


def _chosen(
    samples: Sequence[Sample], current: Profile, include_backfill: bool, now: datetime | None
) -> tuple[list[Sample], dict[str, int]]:
    least, chosen, left_out = smallest(current), [], Counter[str]()
    for sample in samples:
        why = _left_out(sample, current, least, include_backfill)
        if why is None:
            chosen.append(sample)
        else:
            left_out[why] += 1
    if len(chosen) > MOST_SAMPLES:
        left_out["older"] = len(chosen) - MOST_SAMPLES
        chosen = in_order(chosen, now)[-MOST_SAMPLES:]
    return chosen, dict(sorted(left_out.items()))


def _left_out(sample: Sample, current: Profile, least: int, include_backfill: bool) -> str | None:
    if sample.backfilled and not include_backfill:
        return "backfill"
    if not sample.backfilled and not_production(sample, current, least):
        return "synthetic"
    if sample.actual_output_tokens is None:
        return "unmeasured"
    return None if is_usable(sample) else "implausible"


def _too_little(observed: Observations, left_out: Mapping[str, int]) -> Refusal | None:
    complete = int((~observed.censored).sum())
    if complete < LEAST_SAMPLES:
        more = ""
        if left_out.get("backfill"):
            more = f"; {left_out['backfill']} backfilled ones are left out without --include-backfill"
        reason = f"{complete} complete samples are too few, {LEAST_SAMPLES} are needed{more}"
        return Refusal("too-few-samples", reason)
    share = float(observed.censored.mean())
    if share > MOST_CENSORED:
        reason = f"{share:.0%} of the samples were cut off, which leaves bounds rather than figures"
        return Refusal("too-many-truncated", reason)
    return None


def _judged(observed: Observations) -> Flags:
    """The samples errors are told of: complete ones, of these the measured where there are enough."""
    measured = np.array([not sample.backfilled for sample in observed.samples]) & ~observed.censored
    return measured if measured.sum() >= LEAST_UNSEEN else ~observed.censored


def _smape_of(profile: Profile, observed: Observations, judged: Flags) -> float:
    errors = []
    for sample, counts in zip(observed.samples, judged, strict=True):
        if counts:
            made = predict(
                profile,
                sample.category,
                sample.complexity,
                sample.known_facts,
                goal=sample.goal,
                count=sample.deliverable_count,
            )
            errors.append(smape(made.tokens, sample.actual_output_tokens or 0))
    return float(np.mean(errors))


def _unseen(current: Profile, observed: Observations) -> Flags:
    """The samples a current profile wasn't fitted to; on its own ones it would look too good."""
    if not isinstance(current, FittedProfile):
        return np.ones(len(observed), dtype=np.bool_)
    newest = instant(current.fit.newest) or LONG_AGO
    return np.array([time is not None and time > newest for time in observed.times], dtype=np.bool_)


def _cannot_tell(current: Profile, now: datetime | None) -> Refusal | None:
    """Why there is no telling what a profile was fitted to: its newest sample has no time to go by."""
    newest = current.fit.newest if isinstance(current, FittedProfile) else ""
    if not newest or believed(instant(newest), now):
        return None
    reason = (
        f"profile {current.name} says its newest sample is of {newest[:40]!r}, which is no time or lies "
        "ahead, so there is no telling what it was fitted to; correct `newest` in its [fit], or compare with "
        "seed: --profile seed"
    )
    return Refusal("nothing-new", reason)


def _not_better(
    fitted: Fitted, unseen: Flags, current_smape: float | None, current: Profile
) -> Refusal | None:
    count = int(unseen.sum())
    if current_smape is None or count < LEAST_UNSEEN:
        reason = f"only {count} samples are newer than those profile {current.name} was fitted to"
        return Refusal("nothing-new", reason)
    of_fit = log_smape(fitted.regression.left_out[unseen])
    if of_fit < current_smape:
        return None
    reason = (
        f"its leave-one-out SMAPE of {of_fit:.1f} % is no better than the {current_smape:.1f} % "
        f"of profile {current.name} on the same {count} samples"
    )
    return Refusal("not-better", reason)
