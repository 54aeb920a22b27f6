"""A sample of a commit: its paths as deliverables, its message as goal, its operations as tokens used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from harness.git.commit_walk import FileChange, HistoryBlobs, WalkedCommit
from harness.telemetry.backfill.inference import infer_category, infer_complexity
from harness.telemetry.backfill.operations import BASIS, LARGEST, estimate
from harness.telemetry.backfill.written import is_written
from harness.telemetry.deliverable import DeliverableFacts, FileSize, measure
from harness.telemetry.estimator import predict
from harness.telemetry.goal import read_goal
from harness.telemetry.profile import Profile
from harness.telemetry.sample import KEPT_DELIVERABLES, DeliverableRecord, GoalRecord, Sample

RUN = "backfill"
MOST_FILES = 1_000
"""A commit that touches more files isn't a piece of work but an import or a reformatting."""


@dataclass
class Backfilled:
    """Samples from commits, and how many commits gave none, by reason."""

    samples: list[Sample] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def backfill(commits: Iterable[WalkedCommit | None], blobs: HistoryBlobs, profile: Profile) -> Backfilled:
    """The samples of these commits, in their order. `profile` predicts each as it would a phase."""
    found = Backfilled()
    for commit in commits:
        sample, why = _sample(commit, blobs, profile)
        if sample is not None:
            found.samples.append(sample)
        else:
            found.left_out[why] += 1
    return found


def _sample(commit: WalkedCommit | None, blobs: HistoryBlobs, profile: Profile) -> tuple[Sample | None, str]:
    if commit is None:
        return None, "incomplete"
    if len(commit.changes) > MOST_FILES:
        return None, "too-many-files"
    written = [change for change in commit.changes if is_written(change.path)]
    if not all(_is_here(change, blobs) for change in written):
        return None, "incomplete"
    changes = [change for change in written if _is_work(change, blobs)]
    actual = estimate(commit.message, changes, blobs)
    if actual is None:
        return None, "nothing-written"
    paths = [change.path for change in changes]
    facts = list(_facts(changes, blobs))
    goal = read_goal(commit.message)
    category, complexity = infer_category(goal, paths), infer_complexity(goal, paths)
    prediction = predict(profile, category, complexity, facts, goal=goal)
    return Sample(
        run_id=RUN,
        phase_id=commit.oid,
        attempt=1,
        timestamp=_moment(commit.time),
        commit=commit.oid,
        tree=commit.tree,
        category=prediction.category,
        complexity=prediction.complexity,
        deliverable_count=len(paths),
        deliverables=tuple(paths),
        deliverable_facts=tuple(DeliverableRecord.of(fact) for fact in facts[:KEPT_DELIVERABLES]),
        goal_facts=GoalRecord.of(goal),
        predicted_output_tokens=prediction.tokens,
        predicted_lower_tokens=prediction.lower,
        predicted_upper_tokens=prediction.upper,
        predicted_level=prediction.level,
        selected_budget=prediction.budget,
        actual_output_tokens=actual.tokens,
        actual_basis=BASIS,
        success=True,
        truncated=actual.cut,
        profile=prediction.profile,
        profile_version=prediction.profile_version,
        source="backfill",
    ), ""


def _is_work(change: FileChange, blobs: HistoryBlobs) -> bool:
    """By what the parent has there; what the commit makes of it doesn't matter here."""
    if change.old is None:
        return True
    size = blobs.size(change.old)
    return size is not None and size <= LARGEST and not blobs.is_binary(change.old)


def _is_here(change: FileChange, blobs: HistoryBlobs) -> bool:
    return all(blobs.size(oid) is not None for oid in (change.old, change.new) if oid is not None)


def _facts(changes: Iterable[FileChange], blobs: HistoryBlobs) -> Iterator[DeliverableFacts]:
    for number, change in enumerate(changes):
        size: FileSize | None = None
        if change.old is not None and number < KEPT_DELIVERABLES:
            content = blobs.text(change.old)
            size = measure(content) if content is not None else None
        yield DeliverableFacts(change.path, change.old is not None, size)


def _moment(seconds: int) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None
