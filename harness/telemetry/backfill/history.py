"""Backfilling a range of a repository's history."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.git.commit_walk import HistoryBlobs, WalkedCommit, walk_commits
from harness.git.repository import Repository
from harness.telemetry.backfill.rows import backfill
from harness.telemetry.profile import Profile
from harness.telemetry.sample import Sample


@dataclass(frozen=True, slots=True)
class History:
    """The samples of a range of commits, oldest first, and how many commits gave none, by reason."""

    until: str
    since: str | None
    commits: int
    samples: tuple[Sample, ...]
    left_out: Mapping[str, int]
    profile: str


def backfill_history(
    user: Repository,
    profile: Profile,
    *,
    until: str = "HEAD",
    since: str | None = None,
    limit: int | None = None,
    looked_at: Callable[[int, int], None] = lambda _done, _of: None,
) -> History:
    """The samples of `since..until`, the newest `limit` commits of them; merges aren't counted.

    `looked_at` is told after each commit how many of how many were looked at. UsageError `unknown-revision`
    where a revision names no commit.
    """
    newest = user.resolve(until)
    after = None if since is None else user.resolve(since)
    commits = list(itertools.islice(walk_commits(user, newest, after), limit))
    found = backfill(_counted(commits[::-1], looked_at), HistoryBlobs(user), profile)
    return History(
        until=newest,
        since=after,
        commits=len(commits),
        samples=tuple(found.samples),
        left_out=dict(sorted(found.left_out.items())),
        profile=profile.name,
    )


def _counted(
    commits: Sequence[WalkedCommit | None], looked_at: Callable[[int, int], None]
) -> Iterator[WalkedCommit | None]:
    for number, commit in enumerate(commits, start=1):
        yield commit
        looked_at(number, len(commits))
