"""New contents: whether the rules on what files hold have anything to look at, told cheaply."""

from __future__ import annotations

from harness.guard.suspicion import added_lines, is_suspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from harness.guard.difference import Change
    from harness.guard.objects import Objects
    from harness.guard.scene import Scene
    from harness.guard.violation import Violation

# Far below every cap; what is larger is measured by the rules themselves.
_FEW_FILES, _SMALL_FILE, _SMALL_SUM = 1000, 512 * 1024, 8 * 1024 * 1024
_FILES = ("100644", "100755")


def check_new_contents(scene: Scene, tables: Sequence[dict[str, Any]], objects: Objects) -> list[Violation]:
    """Violations of conflict markers, secrets and sizes; `tables` are `[policy.content]` of every policy.

    Against several bases those count that every one of them gives.
    """
    if not any(tables) and _surely_fine([group[0] for group in scene.groups], objects):
        return []
    differing = [table for number, table in enumerate(tables) if table not in tables[:number]]
    return [violation for table in differing for violation in _by_table(scene, table, objects)]


def _by_table(scene: Scene, settings: dict[str, Any], objects: Objects) -> list[Violation]:
    """The violations by one `[policy.content]`."""
    from harness.guard.content_rules import judge_contents

    changes = [group[0] for group in scene.groups]
    violations = judge_contents(changes, settings, objects, for_people=True)
    if not scene.bases:
        # A first commit may bring as much as there is.
        violations = [violation for violation in violations if violation.path is not None]
    for number in range(1, max(map(len, scene.groups), default=0) if violations else 0):
        others = [group[min(number, len(group) - 1)] for group in scene.groups]
        found = judge_contents(others, settings, objects, for_people=True)
        known = {(violation.code, violation.path) for violation in found}
        violations = [violation for violation in violations if (violation.code, violation.path) in known]
    return violations


def _surely_fine(changes: list[Change], objects: Objects) -> bool:
    room = _SMALL_SUM
    if len(changes) > _FEW_FILES:
        return False
    for change in changes:
        if change.new_oid is None or change.new_oid == change.old_oid or change.new_mode == "160000":
            continue
        size = objects.size(change.new_oid)
        room -= size
        if change.new_mode not in _FILES or size > _SMALL_FILE or room < 0 or _is_suspect(change, objects):
            return False
    return True


def _is_suspect(change: Change, objects: Objects) -> bool:
    new_oid, old_oid = change.new_oid or "", change.old_oid
    if old_oid and (change.old_mode not in _FILES or objects.size(old_oid) > _SMALL_FILE):
        old_oid = None
    # Refs that are pushed together share most of their files.
    if (new_oid, old_oid) in objects.innocent:
        return False
    new = objects.read(new_oid)
    suspect = is_suspect(added_lines(new, objects.read(old_oid)) if old_oid else new)
    if not suspect:
        objects.innocent.add((new_oid, old_oid))
    return suspect
