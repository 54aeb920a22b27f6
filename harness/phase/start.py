"""What an attempt builds on: the last candidate if only tests or deliverables were wrong, else the base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.edits.model import Problem
from harness.git.private import PrivateRepository
from harness.phase.documents import AttemptDocument
from harness.phase.fix_documents import FixResultDocument

_MOST_PATHS = 10


@dataclass(frozen=True, slots=True)
class Start:
    """The tree an attempt builds on; `carried` is the attempt whose candidate it is, if any."""

    tree: str
    carried: AttemptDocument | None = None


def attempt_start(
    private: PrivateRepository, base: str, base_tree: str, history: Sequence[AttemptDocument]
) -> Start:
    """The start of the next attempt after `history` (oldest first), on the phase base `base`."""
    carried = _last_candidate(history)
    if carried is None or carried.commit is None or carried.tree is None:
        return Start(base_tree)
    if carried.base == base:
        return Start(carried.tree, carried)
    # The run has moved on since, or was dropped: the same changes on today's base, or nothing of them.
    merged = private.merged_tree(private.as_after(carried.base, base), carried.commit)
    return Start(merged, carried) if merged else Start(base_tree)


def fixed_start(
    private: PrivateRepository,
    base: str,
    base_tree: str,
    fix: FixResultDocument,
    previous: AttemptDocument | None,
) -> Start:
    """The start after a fix whose edits were kept: those, on the phase base `base`; see `fix_conflict`."""
    if fix.commit is None or fix.tree is None:
        return Start(base_tree)
    if fix.base == base:
        return Start(fix.tree, previous)
    merged = private.merged_tree(private.as_after(fix.base, base), fix.commit)
    return Start(merged, previous) if merged else Start(base_tree)


def fix_conflict(private: PrivateRepository, base: str, fix: FixResultDocument) -> Problem | None:
    """Why the edits of a kept fix can't be put on `base`: both changed the same lines; else None."""
    if fix.commit is None or fix.base == base:
        return None
    onto = private.as_after(fix.base, base)
    if private.merged_tree(onto, fix.commit):
        return None
    paths = private.conflicting_paths(onto, fix.commit)
    return Problem(
        "merge-conflict",
        f"what landed since the fix ({base[:10]}) changed the same lines: {', '.join(paths[:_MOST_PATHS])}",
        f"see what the fix made: git diff {fix.base[:10]} {fix.commit[:10]}; run it again as things are now",
        path=paths[0] if len(paths) == 1 else None,
    )


def _last_candidate(history: Sequence[AttemptDocument]) -> AttemptDocument | None:
    """The last attempt whose work was inside the rules; what was refused or unusable left none."""
    for attempt in reversed(history):
        if attempt.outcome == "complete":
            return None
        if attempt.judged in ("failed", "blocked") and attempt.commit:
            return attempt
    return None
