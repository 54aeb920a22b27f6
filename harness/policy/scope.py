"""A phase's scope: exclusive, whatever isn't in it stays as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.globs import compile_globs
from harness.policy.model import Rules, TreeChange, Violation


def check_scope(changes: Sequence[TreeChange], rules: Rules) -> list[Violation]:
    """Violations for every changed path, on either side, outside the scope; none without a scope."""
    if rules.scope is None:
        return []
    scope = compile_globs(rules.scope)
    allowed = ", ".join(_shown(pattern) for pattern in rules.scope) or "nothing"
    return [
        Violation(
            "out-of-scope",
            change.path,
            "is outside the phase's scope",
            f"the scope is: {allowed}",
        )
        for change in changes
        if not scope.match(change.path) and change.path not in rules.allow
    ]


def _shown(pattern: str) -> str:
    """A pattern that means one path, as that path."""
    return re.sub(r"\\(.)", r"\1", pattern.removeprefix("/"))
