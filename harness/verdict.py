"""A candidate judged: its tree difference read from git, the pure rules applied to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.git.attributes import filtered_paths
from harness.git.tree import Blobs, Tree, tree_changes
from harness.policy.content_rules import check_contents
from harness.policy.contents import Contents
from harness.policy.deliverables import missing_deliverables
from harness.policy.judge import judge
from harness.policy.path_safety import left_folders

if TYPE_CHECKING:
    from harness.candidate import Candidate
    from harness.git.private import PrivateRepository
    from harness.git.repository import Repository
    from harness.policy.model import Rules, TreeChange, Violation


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of phase base..candidate, and which deliverables the candidate lacks."""

    changes: tuple[TreeChange, ...]
    violations: tuple[Violation, ...]
    missing: tuple[Violation, ...]


def judge_candidate(
    user: Repository,
    private: PrivateRepository,
    base: str,
    built: Candidate,
    rules: Rules,
    deliverables: Sequence[str] = (),
    symbols: Mapping[str, Sequence[str]] | None = None,
) -> Judged:
    """Judge a candidate in `private` against the tree `base`."""
    changes = tree_changes(private.git, base, built.tree)
    added = [change.path for change in changes if change.old_oid is None]
    candidate = Tree(private.objects, built.tree)
    left = left_folders(changes)
    there = Tree(private.objects, base).beside(added)
    beside = sorted(path for path in there if path not in left or candidate.is_folder(path))
    filtered = filtered_paths(user, private, (base, built.tree), [change.path for change in changes])
    contents = check_contents(
        changes,
        Contents(Blobs(private.objects), rules.content.tree.max_file_bytes),
        rules.content,
        deliverables=deliverables,
        named=rules.named,
        names=candidate.names,
        filtered=filtered.__contains__,
    )
    return Judged(
        changes,
        (*judge(changes, rules, built.declaration, beside).violations, *contents),
        tuple(missing_deliverables(deliverables, symbols or {}, candidate, added)),
    )
