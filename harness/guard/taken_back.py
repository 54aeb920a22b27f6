"""Staged changes that only take back what an unpublished commit did, past the hooks or on purpose."""

from __future__ import annotations

from harness.guard.new_commits import edges_of
from harness.guard.pushed import tracking_refs
from harness.guard.staged import changes_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.guard.violation import Violation


# Rows are evidence from the moment they are recorded, published or not.
_NEVER = "telemetry-changed"


def without_taken_back(head: str, violations: Sequence[Violation]) -> list[Violation]:
    """The violations of paths that aren't staged as they are in the published commits `head` builds on.

    A push, or a pull request, of what is staged wouldn't bring those paths. Where `head` is published itself,
    or nothing is, none is taken back.
    """
    left = list(violations)
    for published in sorted(edges_of({head}, (), tracking_refs(None)).get(head, ())):
        changed = {change.path for change in changes_from(published)}
        left = [
            violation
            for violation in left
            if violation.path is None or violation.path in changed or violation.code == _NEVER
        ]
    return left
