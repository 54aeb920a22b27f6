"""A candidate judged: its tree difference read from git, the pure rules applied to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.candidate import Candidate
from harness.git.private import PrivateRepository
from harness.git.tree import Tree, tree_changes
from harness.policy.deliverables import missing_deliverables
from harness.policy.judge import judge
from harness.policy.model import Rules, TreeChange, Violation


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of phase base..candidate, and which deliverables the candidate lacks."""

    changes: tuple[TreeChange, ...]
    violations: tuple[Violation, ...]
    missing: tuple[Violation, ...]


def judge_candidate(
    private: PrivateRepository,
    base: str,
    built: Candidate,
    rules: Rules,
    deliverables: Sequence[str] = (),
    symbols: Mapping[str, Sequence[str]] | None = None,
) -> Judged:
    """Judge a candidate against the tree `base`."""
    changes = tree_changes(private.git, base, built.tree)
    added = [change.path for change in changes if change.old_oid is None]
    beside = sorted(Tree(private.objects, base).beside(added))
    candidate = Tree(private.objects, built.tree)
    return Judged(
        changes,
        judge(changes, rules, built.declaration, beside).violations,
        tuple(missing_deliverables(deliverables, symbols or {}, candidate)),
    )
