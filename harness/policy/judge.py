"""The verdict on a candidate: every rule over its tree difference, no rule about its text."""

from __future__ import annotations

from collections.abc import Sequence

from harness.policy.declared import check_declared
from harness.policy.entries import check_entries
from harness.policy.model import Declaration, Rules, TreeChange, Verdict, Violation
from harness.policy.path_safety import check_paths
from harness.policy.protected import check_protected
from harness.policy.scope import check_scope


def judge(
    changes: Sequence[TreeChange],
    rules: Rules,
    declaration: Declaration | None = None,
    existing: Sequence[str] = (),
) -> Verdict:
    """The verdict on phase base..candidate.

    `declaration` is what the edits claim, None where they claim nothing (a worktree an agent edited).
    `existing` are the files and folders of the phase base beside the new ones (`check_paths`).
    """
    violations: list[Violation] = [
        *check_paths(changes, existing),
        *check_entries(changes),
        *check_protected(changes, rules),
        *check_scope(changes, rules),
    ]
    if declaration is not None:
        violations += check_declared(declaration)
    return Verdict(_once(violations))


def _once(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """Each code once a path, in the order of the rules."""
    return tuple({(v.code, v.path): v for v in reversed(violations)}.values())[::-1]
