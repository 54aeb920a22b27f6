"""What the estimator says of a recorded sample today, and the intervals of predictions."""

from __future__ import annotations

from harness.telemetry.estimator import Prediction, predict
from harness.telemetry.fitted import FittedProfile
from harness.telemetry.profile import Profile, TableProfile
from harness.telemetry.sample import Sample

Interval = tuple[float, float]


def predict_again(profile: Profile, sample: Sample) -> Prediction | None:
    """The prediction from what a row tells; None where it doesn't tell all the profile needs."""
    # A fitted profile looks at the first deliverables only, which is what a row keeps.
    facts = sample.known_facts if isinstance(profile, FittedProfile) else sample.complete_facts
    if facts is None:
        return None
    return predict(
        profile,
        sample.category,
        sample.complexity,
        facts,
        goal=sample.goal,
        count=sample.deliverable_count,
    )


def digits_matter(profile: Profile) -> bool:
    """Whether a prediction of this profile can depend on the digits in a deliverable's path."""
    if not isinstance(profile, TableProfile):
        return True
    rules = "".join(rule.model_dump_json() for rule in profile.kinds)
    return any(character.isdigit() for character in rules)


def recorded_interval(sample: Sample) -> Interval | None:
    """The interval that was predicted then, in tokens; None where the row has none."""
    return _interval(sample.predicted_lower_tokens, sample.predicted_upper_tokens)


def interval_of(prediction: Prediction) -> Interval | None:
    """The interval of a prediction, in tokens; None where its profile gives none."""
    return _interval(prediction.lower, prediction.upper)


def _interval(lower: float | None, upper: float | None) -> Interval | None:
    return None if lower is None or upper is None else (lower, upper)
