"""Category and complexity of a commit, from its message's words and its paths, by plain rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from harness.telemetry.features import kind_of_path
from harness.telemetry.goal import GoalFacts

_MAINTENANCE = frozenset({"bump", "small", "revert"})
_MEDIUM, _HIGH = 3, 8


def infer_category(goal: GoalFacts, paths: Sequence[str]) -> str:
    """The category: what all paths are, else what the message's first line says, else implementation."""
    kinds = {kind_of_path(path) for path in paths}
    if kinds == {"doc"}:
        return "documentation"
    if kinds == {"test"}:
        return "testing"
    if kinds == {"config"}:
        return "configuration"
    return _named(goal.actions)


def _named(actions: Collection[str]) -> str:
    if not {"refactor", "move", "remove"}.isdisjoint(actions) and not {"add", "fix"} & set(actions):
        return "refactoring"
    if "integrate" in actions:
        return "integration"
    if set(actions) in ({"test"}, {"test", "add"}):
        return "testing"
    return "implementation"


def infer_complexity(goal: GoalFacts, paths: Sequence[str]) -> str:
    """`maintenance` for bumps, reverts and small things, else by the number of paths."""
    if not _MAINTENANCE.isdisjoint(goal.actions) and len(paths) < _HIGH:
        return "maintenance"
    if len(paths) < _MEDIUM:
        return "low"
    return "medium" if len(paths) < _HIGH else "high"
