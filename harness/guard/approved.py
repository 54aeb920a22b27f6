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
_REF = "refs/harness/approvals/paths/{}"
_FILE = "approval.json"
_SCHEMA = "harness.approval/1"
_NOTHING: dict[str, Any] = {"codes": []}


class _UnreadableError(Exception):
    """What stands at an approval's ref, which anybody may write who can push, is none; the text says why."""


def without_approved(
    scene: Scene, violations: Iterable[Violation], objects: Objects
) -> tuple[list[Violation], list[str]]:
    """(the violations nobody approved, what is to be said about the others).

    In a merge the change against every parent must be approved.
    """
    groups = {group[0].path: group for group in scene.groups}
    left, remarks = [], []
    for violation in violations:
        found, odd = _approvals(groups.get(violation.path or ""), violation.code, objects)
        remarks += odd
        if found:
            who, why = found[0]["by"], found[0]["reason"]
            remarks.append(f"{violation.path}: {violation.code} was approved by {who}: {why}")
        else:
            left.append(violation)
    return left, remarks


def _approvals(
    group: Sequence[Change] | None, code: str, objects: Objects
) -> tuple[list[dict[str, Any]], list[str]]:
    """(an approval of `code` for each change of a path, none unless every one has its own; what is odd)."""
    if not group or code in NEVER_APPROVABLE:
        return [], []
    found, odd = [], []
    for ref in [_REF.format(difference_digest([change])) for change in group]:
        try:
            found.append(_read(objects, ref))
        except _UnreadableError as error:
            odd.append(f"warning: {ref} approves nothing, it can't be read: {error} [record-unreadable]")
            found.append(_NOTHING)
    return (found if all(code in approval["codes"] for approval in found) else []), odd


def _read(objects: Objects, ref: str) -> dict[str, Any]:
    """The approval that stands at a ref, one of no code where there is no such ref."""
    found = objects.find(f"{ref}:{_FILE}")
    if found is None and objects.named(ref) is None:
        return _NOTHING
    if found is None or found[1] != "blob":
        raise _UnreadableError(f"it has no file {_FILE}")
    return _checked(found[2])


def _checked(data: bytes) -> dict[str, Any]:
    """The document, whose fields that are read here are what they should be."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise _UnreadableError(f"{_FILE} is no JSON") from None
    if not isinstance(document, dict) or document.get("schema") != _SCHEMA:
        raise _UnreadableError(f"{_FILE} is no {_SCHEMA}")
    codes = document.get("codes")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise _UnreadableError(f"`codes` of {_FILE} is no list of codes")
    for name in ("by", "reason"):
        if not isinstance(document.get(name), str):
            raise _UnreadableError(f"`{name}` of {_FILE} is no text")
    return document
