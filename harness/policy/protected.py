"""Paths no phase may change: those the repository's policy names, and the harness's own files."""

from __future__ import annotations

from collections.abc import Sequence

from harness.globs import compile_globs
from harness.policy.model import Rules, TreeChange, Violation


def check_protected(changes: Sequence[TreeChange], rules: Rules) -> list[Violation]:
    """Violations for every changed path, on either side, that is protected or the harness's own."""
    closed = compile_globs(rules.closed, casefold=True)
    protected = compile_globs(rules.protected, casefold=True)
    violations = []
    for change in changes:
        # A file called telemetry would stand where the rows of every run have their folder.
        if pattern := closed.match(change.path) or closed.match(f"{change.path}/x.ndjson"):
            violations.append(_closed(change.path, pattern))
        elif change.path not in rules.allow and (pattern := protected.match(change.path)):
            violations.append(_protected(change.path, pattern))
    return violations


def _closed(path: str, pattern: str) -> Violation:
    return Violation(
        "harness-file",
        path,
        f"is one of the harness's own files ({pattern}), which no phase may change",
        "leave it alone; a person changes it in a commit of their own",
    )


def _protected(path: str, pattern: str) -> Violation:
    return Violation(
        "protected-path",
        path,
        f"is protected by {pattern!r} in [policy] protected",
        "leave it alone and reach the goal without it",
    )
