"""Paths a phase names that it may not change: protected ones, and those outside its own scope. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.globs import Globs, compile_globs
from harness.planning.model import PlanProblem, PlanRules, needed_by

if TYPE_CHECKING:
    from harness.plan import Phase, Plan

_SPECIAL = re.compile(r"(?<!\\)[*?\[]")
_SEPARATOR = re.compile(r"\\([*?\[\]!#\\ ^-]?)")  # a backslash that escapes nothing is one, as in globs
Closing = tuple[str, bool]
"""The pattern that closes a path, and whether it is the policy's, which `allow` lets off."""
Protection = Callable[[str], Closing | None]


def place_problems(plan: Plan, phase: Phase, rules: PlanRules) -> list[PlanProblem]:
    """What is wrong with the deliverables and the scope of one phase of `plan`."""
    protection = _protection(rules.closed, rules.protected)
    try:
        scope = compile_globs(phase.effective_scope)
    except UsageError as error:
        return [PlanProblem(error.code, phase.id, f"scope: {error.message}", error.hint)]
    return [
        *_protected_deliverables(phase, protection),
        *_protected_scope(phase, protection),
        *_outside_scope(plan, phase, scope, rules.there, protection),
    ]


@lru_cache(maxsize=4)
def _protection(closed: tuple[str, ...], protected: tuple[str, ...]) -> Protection:
    """What closes a path, or all of a folder."""
    own, policy = compile_globs(closed, casefold=True), compile_globs(protected, casefold=True)

    def closing(path: str) -> Closing | None:
        if pattern := own.match(path):
            return pattern, False
        pattern = policy.match(path)
        return (pattern, True) if pattern else None

    return closing


def _protected_deliverables(phase: Phase, protection: Protection) -> Iterator[PlanProblem]:
    for path in phase.deliverables:
        plain = path.removesuffix("/")
        found = protection(plain)
        if found is None or (found[1] and _is_allowed(phase, path)):
            continue
        yield _problem("deliverable-protected", phase, path, f"its deliverable {path}", *found)


def _is_allowed(phase: Phase, path: str) -> bool:
    if path.endswith("/"):
        return any(allowed.startswith(path) for allowed in phase.allow)
    return path in phase.allow


def _protected_scope(phase: Phase, protection: Protection) -> Iterator[PlanProblem]:
    """Patterns all of whose paths are protected; one that merely holds some of them is fine."""
    for pattern in phase.scope or ():
        place = _narrowest(pattern)
        found = protection(place) if place else None
        if found is None or (found[1] and _lets_some(phase, pattern)):
            continue
        yield _problem("scope-protected", phase, place, f"{pattern!r} in its scope", *found)


def _narrowest(pattern: str) -> str:
    """The one path a pattern means, or the folder all it can match is in; "" where there is none."""
    text = _SEPARATOR.sub(lambda found: found[0] if found[1] else "/", pattern.strip())
    if text.startswith("!"):
        return ""
    parts = []
    for part in text.split("/"):
        if _SPECIAL.search(part):
            break
        parts.append(re.sub(r"\\(.)", r"\1", part))
    return "/".join(part for part in parts if part not in ("", "."))


def _lets_some(phase: Phase, pattern: str) -> bool:
    matching = compile_globs([pattern])
    return any(matching.match(allowed) for allowed in phase.allow)


def _outside_scope(
    plan: Plan, phase: Phase, scope: Globs, there: frozenset[str], protection: Protection
) -> Iterator[PlanProblem]:
    """A deliverable nobody can make: not in the scope, not there, not made by what the phase waits for."""
    if phase.scope is None:
        return
    outside = [path for path in phase.deliverables if not _in_scope(phase, scope, path)]
    missing = [path for path in outside if path not in there and not protection(path.removesuffix("/"))]
    if not missing:
        return
    needed = needed_by(plan, phase.id)
    delivered = {path for other in plan.phase if other.id in needed for path in other.deliverables}
    for path in missing:
        if path not in delivered:
            yield PlanProblem(
                "deliverable-out-of-scope",
                phase.id,
                f"its deliverable {path} is outside its scope ({', '.join(phase.shown_scope)})",
                f"add {path!r} to the phase's scope",
                path,
            )


def _in_scope(phase: Phase, scope: Globs, path: str) -> bool:
    if path in phase.allow or scope.match(path.removesuffix("/")):
        return True
    if not path.endswith("/"):
        return False
    # Any file of a folder will do: a pattern that reaches into it is enough.
    return any(_narrowest(pattern).startswith(path) or _floats(pattern) for pattern in phase.scope or ())


def _floats(pattern: str) -> bool:
    """Whether a pattern may match at any depth, in whatever folder."""
    text = pattern.strip().removeprefix("./").rstrip("/")
    return "/" not in text or "**" in text or not _narrowest(pattern)


def _problem(code: str, phase: Phase, path: str, what: str, pattern: str, is_policy: bool) -> PlanProblem:
    if is_policy:
        why = f"{what} is protected by {pattern!r} in [policy] protected"
        hint = "leave it out, or list the exact path in `allow` of a phase of a maintenance run"
    else:
        why = f"{what} is one of the harness's own files ({pattern}), closed to phases"
        hint = "leave it out; a person changes it in a commit of their own"
    return PlanProblem(code, phase.id, why, hint, path)
