"""Violations that somebody approved, for exactly this change of the path."""

from __future__ import annotations

import json

from harness.policy.approvable import NEVER_APPROVABLE, difference_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from harness.guard.difference import Change
    from harness.guard.objects import Objects
    from harness.guard.scene import Scene
    from harness.guard.violation import Violation

# `harness.git.approvals.path_approvals_ref`, whose import costs too much here.
_REF = "refs/harness/approvals/paths/{}:approval.json"


def without_approved(
    scene: Scene, violations: Iterable[Violation], objects: Objects
) -> tuple[list[Violation], list[str]]:
    """(the violations nobody approved, what is to be said about the others).

    In a merge the change against every parent must be approved.
    """
    groups = {group[0].path: group for group in scene.groups}
    left, remarks = [], []
    for violation in violations:
        found = _approvals(groups.get(violation.path or ""), violation.code, objects)
        if found:
            who, why = found[0].get("by"), found[0].get("reason")
            remarks.append(f"{violation.path}: {violation.code} was approved by {who}: {why}")
        else:
            left.append(violation)
    return left, remarks


def _approvals(group: Sequence[Change] | None, code: str, objects: Objects) -> list[dict[str, Any]]:
    """An approval of `code` for each change of a path; none unless every one has its own."""
    if not group or code in NEVER_APPROVABLE:
        return []
    found = [_read(objects, _REF.format(difference_digest([change]))) for change in group]
    return found if all(code in approval.get("codes", ()) for approval in found) else []


def _read(objects: Objects, name: str) -> dict[str, Any]:
    found = objects.find(name)
    if found is None or found[1] != "blob":
        return {}
    try:
        document = json.loads(found[2])
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
