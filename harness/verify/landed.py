"""The run's branch: every complete attempt is in it, and it has no phase commit the ledger doesn't know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.verify.commits import CommitFacts
from harness.verify.finding import Difference, Findings, Remark
from harness.verify.ledger import RecordedAttempt
from harness.verify.phase_commits import check_telemetry_commit, check_trailers
from harness.verify.scene import Scene

# (the attempt a finding is about, None for the run as a whole; the findings)
Landed = tuple[RecordedAttempt | None, Findings]


def run_commits(
    scene: Scene, run: str, tip: str, attempts: Sequence[RecordedAttempt]
) -> dict[str, CommitFacts]:
    """The commits of `tip` that came after what the run began with."""
    bases = dict.fromkeys(attempt.document.base for attempt in attempts)
    scene.learn(bases)
    others = [base for base in bases if (facts := scene.commit(base)) and facts.run != run]
    made = [attempt.document.commit for attempt in attempts if attempt.document.commit]
    # What somebody committed to the branch, and a phase then built on, is in the middle of the run.
    began = [base for base in others if not scene.contains_any(base, made)]
    return scene.between(tip, began)


def check_landed(scene: Scene, run: str, tip: str, attempts: Sequence[RecordedAttempt]) -> Iterable[Landed]:
    """Findings about the branch of a run, whose tip is `tip`."""
    commits = run_commits(scene, run, tip, attempts)
    recorded = {attempt.document.commit for attempt in attempts}
    strangers = [c for c in commits.values() if c.run == run and c.phase and c.oid not in recorded]
    explained: set[str] = set()
    for attempt in attempts:
        if attempt.document.outcome == "complete" and attempt.document.commit not in commits:
            stand_in = _stand_in(attempt, strangers)
            explained |= {stand_in.oid} if stand_in else set()
            yield attempt, _missing(scene, attempt, stand_in, _dropped(scene, attempt, attempts, tip))
    yield None, _unrecorded(c for c in strangers if c.oid not in explained)
    yield None, _others(scene, run, commits)


def _stand_in(attempt: RecordedAttempt, strangers: Sequence[CommitFacts]) -> CommitFacts | None:
    """The commit that is in the place of an attempt's: by its trailers, or else by its tree."""
    wanted = (attempt.phase, str(attempt.document.number))
    named = [c for c in strangers if (c.phase, c.trailers["Attempt"]) == wanted]
    alike = [c for c in strangers if c.tree == attempt.document.tree]
    return next(iter([*named, *alike]), None)


def _missing(scene: Scene, attempt: RecordedAttempt, stand_in: CommitFacts | None, dropped: bool) -> Findings:
    oid = attempt.document.commit or ""
    if stand_in is not None:
        message = (
            f"{stand_in.oid[:12]} stands in its place; `harness notes doctor` looks for what became of it"
        )
        yield Difference("commit-rewritten", message, oid)
        yield from check_trailers(attempt, stand_in)
    elif dropped:
        yield Remark("run-begun-anew", "its commit is of a branch that was dropped since", oid)
    else:
        yield Difference("commit-rewritten", "its commit isn't in the run's branch", oid)


def _dropped(scene: Scene, attempt: RecordedAttempt, attempts: Sequence[RecordedAttempt], tip: str) -> bool:
    """Whether the run was begun anew: a later attempt worked on a base that is there and lacks this one."""
    commit = attempt.document.commit or ""
    later = {a.document.base for a in attempts if a.document.started > attempt.document.started}
    return any(scene.contains(tip, base) and not scene.contains(base, commit) for base in later)


def _unrecorded(strangers: Iterable[CommitFacts]) -> Findings:
    for commit in strangers:
        message = f"it claims to be {commit.run}/{commit.phase}, and no attempt made it"
        yield Difference("commit-rewritten", message, commit.oid)


def _others(scene: Scene, run: str, commits: Mapping[str, CommitFacts]) -> Findings:
    """Commits of the branch that are no phase's."""
    theirs = 0
    for commit in commits.values():
        if commit.run == run and not commit.phase:
            yield from check_telemetry_commit(scene, commit)
        theirs += not commit.run
    if theirs:
        what = f"{theirs} commit{'s' if theirs > 1 else ''} in the branch are"
        yield Remark("other-commits", f"{what} not the harness's, and were not looked at")
