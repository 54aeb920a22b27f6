"""What the estimator says of a recorded sample today, and the intervals of predictions."""

from __future__ import annotations

from dataclasses import dataclass

from harness.telemetry.deliverable import DeliverableFacts
from harness.telemetry.estimator import Expected, Prediction, expect, predict
from harness.telemetry.fitted import FittedProfile
from harness.telemetry.goal import GoalFacts
from harness.telemetry.profile import Profile
from harness.telemetry.sample import Sample, tells_all

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Told:
    """What a row tells a profile: `facts` of its first deliverables, `whole` where those are all."""

    facts: tuple[DeliverableFacts, ...]
    whole: bool
    count: int
    goal: GoalFacts | None

    @classmethod
    def by(cls, sample: Sample) -> Told:
        """What a sample tells."""
        facts = sample.known_facts
        whole = tells_all(facts, sample.deliverables, sample.deliverable_count)
        return cls(facts, whole, sample.deliverable_count, sample.goal)


def expect_again(profile: Profile, category: str, complexity: str, told: Told) -> Expected | None:
    """The tokens of `predict_again` alone."""
    if not _suffices(told, profile):
        return None
    return expect(profile, category, complexity, told.facts, goal=told.goal, count=told.count)


def _suffices(told: Told, profile: Profile) -> bool:
    # A fitted profile looks at the first deliverables only, which is what a row keeps.
    return told.whole or isinstance(profile, FittedProfile)


def predict_again(profile: Profile, sample: Sample) -> Prediction | None:
    """The prediction from what a row tells; None where it doesn't tell all the profile needs."""
    told = Told.by(sample)
    if not _suffices(told, profile):
        return None
    return predict(profile, sample.category, sample.complexity, told.facts, goal=told.goal, count=told.count)


def recorded_interval(sample: Sample) -> Interval | None:
    """The interval that was predicted then, in tokens; None where the row has none."""
    return _interval(sample.predicted_lower_tokens, sample.predicted_upper_tokens)


def interval_of(prediction: Prediction) -> Interval | None:
    """The interval of a prediction, in tokens; None where its profile gives none."""
    return _interval(prediction.lower, prediction.upper)


def _interval(lower: float | None, upper: float | None) -> Interval | None:
    return None if lower is None or upper is None else (lower, upper)
