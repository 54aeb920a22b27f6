"""The rules over a scene: those of every front end, as they hold for people."""

from __future__ import annotations

from harness.guard.difference import ABSENT, REGULAR
from harness.guard.entries import PEOPLE_CODES, entry_violation
from harness.guard.new_contents import check_new_contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from harness.guard.difference import Change
    from harness.guard.objects import Objects
    from harness.guard.policy_file import Policy
    from harness.guard.scene import Scene
    from harness.guard.violation import Violation

_TELEMETRY_FOLDER, _TELEMETRY_SUFFIX = "telemetry/", ".ndjson"


def judge(scene: Scene, policies: Sequence[Policy], objects: Objects) -> list[Violation]:
    """Every violation of a scene, sorted by path."""
    violations: list[Violation] = []
    if any(group[0].is_added for group in scene.groups):
        from harness.guard.new_names import check_new_names

        violations += check_new_names(scene, objects)
    # A first commit may bring links and attributes: there is no commit before that could let it.
    let_off = _let_off(policies) if scene.bases else PEOPLE_CODES
    for group in scene.groups:
        found = _first(group, policies, objects, let_off)
        if found is not None:
            violations.append(found)
    if (configuration := scene.policy_change()) is not None:
        from harness.guard.next_policy import check_next_policy

        violations += check_next_policy(configuration, objects)
    violations += check_new_contents(scene, [policy.content for policy in policies], objects)
    return sorted(map(_with_hint, violations, [scene.way] * len(violations)), key=lambda v: v.path or "")


def _let_off(policies: Sequence[Policy]) -> Collection[str]:
    """The codes that every policy lets people off."""
    first, *others = [frozenset(policy.people) for policy in policies]
    return first.intersection(*others)


def _with_hint(violation: Violation, way: str) -> Violation:
    if violation.path is not None and not violation.hint:
        from harness.guard.violation import quoted

        violation.hint = f"{way} -- {quoted(violation.path)}"
    return violation


def _first(
    group: Sequence[Change], policies: Sequence[Policy], objects: Objects, let_off: Collection[str]
) -> Violation | None:
    """What is wrong with changing the path at all, by the first of its changes that is."""
    for change in group:
        for policy in policies:
            pattern = policy.protection.match(change.path)
            if pattern is not None:
                message = f'would be {change.description()}; [policy] protected lists "{pattern}"'
                return _violation("protected-path", change.path, message)
        if _is_telemetry(change.path) and (fault := _telemetry_fault(change, objects)):
            message = f"recorded telemetry only grows by whole rows, but {fault}"
            return _violation("telemetry-changed", change.path, message)
    return entry_violation(group[0], let_off)


def _violation(code: str, path: str, message: str) -> Violation:
    from harness.guard.violation import Violation

    return Violation(code, path, message, "")


def _is_telemetry(path: str) -> bool:
    name = path.removeprefix(_TELEMETRY_FOLDER)
    return name != path and "/" not in name and name.endswith(_TELEMETRY_SUFFIX)


def _telemetry_fault(change: Change, objects: Objects) -> str:
    """What forbids the change of a telemetry file; empty where it only grows."""
    if change.new_mode != REGULAR or change.old_mode not in (REGULAR, ABSENT) or change.new_oid is None:
        return f"this one would be {change.description()}"
    from harness.telemetry.growth import growth_fault

    old = objects.read(change.old_oid) if change.old_oid else b""
    return growth_fault(old, objects.read(change.new_oid))
