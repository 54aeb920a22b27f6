"""Calibrating: what is fitted, what is refused, and that nothing makes it crash."""

from __future__ import annotations

import math
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from calibration_samples import CATEGORIES, sample, truth
from hypothesis import given, settings
from hypothesis import strategies as st
from project import Project

from harness.telemetry.calibration.calibrate import calibrate
from harness.telemetry.calibration.fit import spelling
from harness.telemetry.calibration.intervals import interval
from harness.telemetry.calibration.observations import group_values, observe
from harness.telemetry.calibration.profile_file import profile_text
from harness.telemetry.calibration.regression import Penalty, regress
from harness.telemetry.fitted import FittedProfile
from harness.telemetry.measures import smape
from harness.telemetry.profile import load_profile, parse_profile
from harness.telemetry.sample import Sample, encode_row
from harness.telemetry.today import predict_again

SEED = load_profile("seed")


def fitted(samples: list[Sample], **options: Any) -> FittedProfile:
    made = calibrate(samples, SEED, "calibrated", **options)
    assert made.profile is not None, made.refusal
    return made.profile


def predicted(profile: FittedProfile, **changes: Any) -> int:
    made = predict_again(profile, sample(0, 100, **changes))
    assert made is not None
    return made.tokens


def test_it_finds_the_truth_and_its_intervals_hold() -> None:
    profile = fitted(truth(300))
    later = truth(400, seed=2)
    made = [(predict_again(profile, s), s.actual_output_tokens or 0) for s in later]
    errors = [smape(p.tokens, a) for p, a in made if p]
    # With the truth itself, noise of 0.5 would cost 38.4 %.
    assert np.mean(errors) < 42
    inside = np.mean([p.lower <= a <= p.upper for p, a in made if p and p.lower and p.upper])
    assert 0.85 <= inside <= 0.95


def test_the_fit_is_judged_by_samples_left_out() -> None:
    samples = truth(40)
    observed = observe(samples, spelling())
    penalty = Penalty(10.0, 10.0)
    told = regress(observed, penalty).left_out
    for gone in (0, 7, 39):
        rest = [s for number, s in enumerate(samples) if number != gone]
        without = regress(observe(rest, spelling()), penalty)
        one = observe([samples[gone]], spelling())
        exact = float(one.logs[0] - without.predict(one)[0])
        assert told[gone] == pytest.approx(exact, abs=0.12)


def test_the_same_samples_give_the_same_file() -> None:
    texts = {profile_text(fitted(truth(80))) for _ in range(2)}
    assert len(texts) == 1


def test_a_small_group_is_pulled_to_the_whole() -> None:
    chance = np.random.default_rng(3)
    base = [sample(n, round(1000 * math.exp(chance.normal(0, 0.3)))) for n in range(100)]
    few = [sample(200 + n, 4000, category="testing") for n in range(2)]
    many = [sample(200 + n, 4000, category="testing") for n in range(100)]
    of_few = predicted(fitted(base + few), category="testing")
    of_many = predicted(fitted(base + many), category="testing")
    assert 1000 < of_few < 2000 < of_many < 4400


def test_one_wild_sample_changes_little() -> None:
    samples = truth(60)
    wild = [*samples, sample(60, 60_000_000, files=3)]
    tame = fitted([*samples, sample(60, 1200, files=3)])
    assert predicted(fitted(wild), files=3) < 1.35 * predicted(tame, files=3)


def test_truncated_samples_are_lower_bounds() -> None:
    chance = np.random.default_rng(5)
    needed = [round(2000 * math.exp(chance.normal(0, 0.6))) for _ in range(200)]
    limit = 2500
    known = [sample(n, min(t, limit), truncated=t > limit) for n, t in enumerate(needed)]
    as_bounds = predicted(fitted(known))
    as_figures = predicted(fitted([s.model_copy(update={"truncated": False}) for s in known]))
    dropped = predicted(fitted([s for s in known if not s.truncated]))
    assert dropped < as_bounds
    assert as_figures <= as_bounds
    assert 1700 < as_bounds < 2400


def test_the_interval_of_errors_cut_off_is_that_of_all_of_them() -> None:
    chance = np.random.default_rng(7)
    errors, limit = chance.standard_normal(4000), chance.choice([0.5, 3.0], 4000)
    found = interval(np.minimum(errors, limit), errors > limit)
    assert found.upper == pytest.approx(1.645, abs=0.1)
    assert found.lower == pytest.approx(-1.645, abs=0.1)


@pytest.mark.parametrize("limit", [0.5, 1.2])
def test_errors_all_cut_off_at_one_place_are_as_wide_above_as_below(limit: float) -> None:
    errors = np.random.default_rng(7).standard_normal(4000)
    found = interval(np.minimum(errors, limit), errors > limit)
    assert found.upper == -found.lower == pytest.approx(1.645, abs=0.1)


def test_the_interval_holds_what_the_limit_cut_off() -> None:
    needed, limit = truth(300), 2500
    cut_off = {"truncated": True, "actual_output_tokens": limit}
    known = [s.model_copy(update=cut_off) if (s.actual_output_tokens or 0) > limit else s for s in needed]
    profile = fitted(known)
    made = [(predict_again(profile, s), s.actual_output_tokens or 0) for s in truth(400, seed=2)]
    assert np.mean([a > (p.upper or 0) for p, a in made if p]) < 0.08


def test_the_upper_bound_is_of_complete_replies() -> None:
    # Half of the long ones were cut: the bound must lie above what was seen of them.
    samples = [sample(n, 1000 if n % 3 else 3000, truncated=not n % 3) for n in range(90)]
    profile = fitted(samples)
    made = predict_again(profile, samples[0])
    assert made is not None and made.upper is not None
    assert made.upper >= 3000


def test_too_few_are_refused() -> None:
    made = calibrate(truth(19), SEED, "calibrated")
    assert made.profile is None
    assert made.refusal is not None
    assert made.refusal.code == "too-few-samples"
    assert "19" in made.refusal.reason
    assert fitted(truth(20)).fit.samples == 20


def test_bounds_alone_are_refused() -> None:
    samples = truth(20) + [sample(100 + n, 64000, truncated=True) for n in range(21)]
    made = calibrate(samples, SEED, "calibrated")
    assert made.refusal is not None
    assert made.refusal.code == "too-many-truncated"


def test_what_the_current_profile_knows_better_is_refused() -> None:
    # Exactly what the seed predicts, in a way the features can't tell: by the kind of file.
    samples = []
    for number in range(60):
        made = predict_again(SEED, sample(number, 100, files=1 + number % 3))
        assert made is not None
        samples.append(sample(number, made.tokens, files=1 + number % 3))
    made = calibrate(samples, SEED, "calibrated")
    assert made.refusal is not None
    assert made.refusal.code == "not-better"
    assert made.current_smape == 0.0


def test_a_fitted_profile_is_compared_on_what_it_has_not_seen() -> None:
    samples = truth(100)
    first = fitted(samples[:80])
    again = calibrate(samples[:80], first, "again")
    assert again.refusal is not None
    assert again.refusal.code == "nothing-new"
    assert calibrate(samples, first, "again").compared == 20


def test_backfilled_samples_count_only_if_asked_for() -> None:
    commits = [s.model_copy(update={"source": "backfill", "run_id": "backfill"}) for s in truth(60)]
    made = calibrate(commits, SEED, "calibrated")
    assert made.left_out == {"backfill": 60}
    assert made.refusal is not None
    assert "--include-backfill" in made.refusal.reason
    assert fitted(commits, include_backfill=True).fit.backfilled == 60


def test_commits_beside_attempts_keep_their_own_level() -> None:
    attempts = [sample(500 + n, 4000 + 10 * n) for n in range(40)]
    commits = [sample(n, 400 + n, source="backfill", run_id="b") for n in range(200)]
    made = calibrate(commits + attempts, SEED, "calibrated", include_backfill=True)
    assert made.profile is not None
    assert made.judged == 40
    # Two hundred commits of a tenth of the size don't drag the prediction for a phase down.
    assert predicted(made.profile) > 2500


def test_made_up_samples_are_left_out() -> None:
    samples = [
        *truth(30),
        sample(40, 900, synthetic=True),
        sample(41, 900, predicted_output_tokens=100),
        sample(42, 900, actual_output_tokens=None),
        sample(43, 10),
    ]
    made = calibrate(samples, SEED, "calibrated")
    assert made.left_out == {"implausible": 1, "synthetic": 2, "unmeasured": 1}
    assert made.counts.samples == 30


tokens = st.sampled_from([50, 51, 1000, 64000, 2**53 - 1]) | st.integers(0, 2**53 - 1) | st.none()
odd_samples = st.builds(
    sample,
    st.integers(0, 5000),
    tokens,
    files=st.integers(0, 40),
    category=st.sampled_from([*CATEGORIES, "", "é", "docs"]),
    complexity=st.sampled_from(["low", "high", "?"]),
    truncated=st.booleans(),
    timestamp=st.none() | st.sampled_from(["", "yesterday", "2026-01-01T00:00:00+00:00"]),
    goal_facts=st.none(),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(odd_samples, max_size=60), st.booleans())
def test_odd_samples_are_fitted_or_refused(samples: list[Sample], repeat: bool) -> None:
    made = calibrate(samples * 4 if repeat else samples, SEED, "calibrated")
    assert (made.profile is None) == (made.refusal is not None)
    if made.profile is not None:
        assert parse_profile(profile_text(made.profile)) == made.profile


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([50, 777, 10**6, 2**53 - 1]), st.integers(20, 60), st.integers(0, 19))
def test_samples_all_alike_are_predicted_as_they_are(value: int, count: int, cut: int) -> None:
    samples = [sample(n, value, truncated=n < min(cut, count - 20)) for n in range(count)]
    made = calibrate(samples, SEED, "calibrated")
    assert made.profile is not None
    assert predicted(made.profile) == pytest.approx(value, rel=0.1)


def rows(samples: list[Sample]) -> str:
    return "".join(map(encode_row, samples))


def test_the_command_writes_a_new_profile(project: Project) -> None:
    project.write("telemetry/r.ndjson", rows(truth(80)) + "{broken\n")
    done = project.harness("telemetry", "calibrate", "--json")
    assert done.code == 0, done.stderr
    assert done.json["written"] == "telemetry/calibrated.toml"
    assert (done.json["samples"], done.json["censored"], done.json["refused"]) == (80, 0, None)
    assert done.json["leave_one_out"]["smape"] < done.json["current"]["smape"]
    assert "r.ndjson:81: not JSON" in done.stderr
    profile = parse_profile((project.root / "telemetry/calibrated.toml").read_text())
    assert isinstance(profile, FittedProfile)
    assert profile == fitted(truth(80))


def test_the_command_never_writes_over_a_file(project: Project) -> None:
    project.write("telemetry/r.ndjson", rows(truth(80)))
    project.write("p.toml", "mine")
    done = project.harness("telemetry", "calibrate", "--output", "p.toml", "--json")
    assert (done.code, done.json["code"]) == (2, "file-exists")
    assert (project.root / "p.toml").read_text() == "mine"
    (project.root / "link.toml").symlink_to("nowhere.toml")
    done = project.harness("telemetry", "calibrate", "--output", "link.toml", "--json")
    assert (done.code, done.json["code"]) == (2, "file-exists")


def test_a_refusal_writes_nothing(project: Project) -> None:
    project.write("telemetry/r.ndjson", rows(truth(5)))
    before = sorted(project.root.rglob("*.toml"))
    done = project.harness("telemetry", "calibrate")
    assert done.code == 1
    assert "[too-few-samples]" in done.stderr
    assert sorted(project.root.rglob("*.toml")) == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--output", "seed.toml"), "packaged-profile"),
        (("--output", "profile.txt"), "file-not-written"),
        (("--output", "plain/p.toml"), "file-not-written"),
        (("--profile", "nobody"), "unknown-profile"),
        (("--profile", "absent.toml"), "unknown-profile"),
        (("--profile", "harness.toml"), "invalid-profile"),
        (("absent.ndjson",), "no-telemetry"),
    ],
)
def test_wrong_usage_of_calibrate(project: Project, arguments: tuple[str, ...], code: str) -> None:
    project.write("telemetry/r.ndjson", rows(truth(80)))
    project.write("plain", "a file")
    done = project.harness("telemetry", "calibrate", "--json", *arguments)
    assert (done.code, done.json["code"]) == (2, code), done.stderr


def test_the_file_says_where_it_comes_from(tmp_path: Path) -> None:
    tables = tomllib.loads(profile_text(fitted(truth(60))))
    assert tables["fit"]["samples"] == 60
    assert tables["fit"]["compared_with"] == "seed"
    assert tables["fit"]["leave_one_out_smape"] < tables["fit"]["compared_smape"]
    assert tables["formula"] == "log-linear"


@pytest.mark.parametrize(("attempts", "judged"), [(5, 65), (12, 12)])
def test_only_enough_attempts_judge_a_fit_to_a_history(attempts: int, judged: int) -> None:
    history = truth(60, source="backfill", run_id="history")
    made = calibrate([*history, *truth(attempts, seed=3)], SEED, "calibrated", include_backfill=True)
    assert made.profile is not None, made.refusal
    assert made.judged == judged


def shifted(samples: list[Sample], form: str) -> list[Sample]:
    """The same samples at the same instants, their times written in another way."""

    def written(text: str | None) -> str:
        return form.format(datetime.fromisoformat(text or "") + timedelta(hours=9))

    return [s.model_copy(update={"timestamp": written(s.timestamp)}) for s in samples]


@pytest.mark.parametrize(
    "form",
    [
        "{:%Y-%m-%dT%H:%M:%S}+09:00",
        "{:%Y-%m-%d %H:%M:%S}.000000+0900",
        "{:%Y%m%dT%H%M%S}+09",
    ],
)
def test_the_order_of_samples_is_that_of_their_instants(form: str) -> None:
    samples = truth(100)
    first = fitted(samples[:80])
    again = calibrate([*shifted(samples[:80], form), *samples[80:]], first, "again")
    assert again.compared == 20
    mixed = fitted([*shifted(samples[:40], form), *samples[40:80]])
    assert mixed == first
    old = calibrate(shifted(samples[:80], form), first, "again")
    assert old.refusal is not None
    assert old.refusal.code == "nothing-new"


NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_clock_far_ahead_hides_nothing() -> None:
    samples = truth(100)
    wild = samples[7].model_copy(update={"timestamp": "2100-01-01T00:00:00Z"})
    known = [*samples[:7], wild, *samples[8:80]]
    first = calibrate(known, SEED, "calibrated", now=NOW)
    assert first.profile is not None
    assert first.counts.undated == 1
    assert first.profile.fit.newest.startswith("2026-01-01")
    again = calibrate([*known, *samples[80:]], first.profile, "again", now=NOW)
    assert again.compared == 20


@pytest.mark.parametrize("newest", ["2100-01-01T00:00:00Z", "yesterday"])
def test_a_profile_that_does_not_say_what_it_was_fitted_to(newest: str) -> None:
    first = fitted(truth(80))
    fit = first.fit.model_copy(update={"newest": newest})
    odd = first.model_copy(update={"fit": fit})
    made = calibrate(truth(100), odd, "again", now=NOW)
    assert made.refusal is not None
    assert made.refusal.code == "nothing-new"
    assert newest in made.refusal.reason
    assert "--profile seed" in made.refusal.reason


@pytest.mark.parametrize("odd", [None, "", "yesterday", "2026-13-01T00:00:00Z", "1767225600"])
def test_samples_without_a_time_are_the_oldest(odd: str | None) -> None:
    samples = truth(60)
    timeless = [s.model_copy(update={"timestamp": odd}) for s in samples[:20]]
    made = calibrate([*samples[20:], *timeless], SEED, "calibrated", now=NOW)
    assert (made.counts.samples, made.counts.undated) == (60, 20)
    first = calibrate([*timeless, *samples[20:]], SEED, "calibrated", now=NOW)
    assert made.profile == first.profile is not None
    assert calibrate([*samples, *timeless], made.profile, "again", now=NOW).compared == 0


def test_the_command_does_not_believe_a_clock_far_ahead(project: Project) -> None:
    samples = truth(100)
    wild = samples[0].model_copy(update={"timestamp": "2999-01-01T00:00:00Z"})
    project.write("telemetry/r.ndjson", rows([wild, *samples[1:80]]))
    done = project.harness("telemetry", "calibrate")
    assert done.code == 0, done.stderr
    assert "1 sample without a time" in done.stdout
    project.write("telemetry/later.ndjson", rows(samples[80:]))
    again = ("--profile", "telemetry/calibrated.toml", "--output", "telemetry/again.toml", "--json")
    found = project.harness("telemetry", "calibrate", *again).json
    assert (found["compared"], found["undated"]) == (20, 1)


def test_categories_without_number_or_end_cost_no_more_than_few() -> None:
    many = [sample(n, 100 + n, category=f"c{n}") for n in range(600)]
    assert len(group_values(observe(many, spelling()).groups)) == 200
    long = [sample(n, 100 + 10 * n, category=f"c{n}" * 5000) for n in range(60)]
    made = calibrate(long, SEED, "calibrated")
    assert made.profile is not None and len(profile_text(made.profile)) < 10_000
