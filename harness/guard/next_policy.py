"""A changed harness.toml: whether the guard could go by it afterwards, and what it would let pass."""

from __future__ import annotations

from harness.guard.failures import usage_error
from harness.guard.policy_file import CONFIG_FILE, empty_policy, parse_policy
from harness.guard.violation import Violation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.guard.difference import Change
    from harness.guard.objects import Objects
    from harness.guard.policy_file import Policy

_HINT = "correct it first: what builds on it, a correction too, the guard couldn't judge"


def check_next_policy(change: Change, objects: Objects) -> list[Violation]:
    """A violation `invalid-config` where the guard couldn't go by the new harness.toml."""
    try:
        _next_policy(change, objects)
    except usage_error() as error:
        why = error.message.removeprefix(f"{CONFIG_FILE} in it is unusable: ")
        return [Violation("invalid-config", CONFIG_FILE, f"would be unusable: {why}", _HINT)]
    return []


def loosened(change: Change, policies: Sequence[Policy], objects: Objects) -> str:
    """What is to be remarked of a harness.toml that lets more pass than one of `policies`; else empty."""
    try:
        new = _next_policy(change, objects)
    except usage_error():
        return ""
    kept = list(new.protection.patterns)
    old = [pattern for policy in policies for pattern in policy.protection.patterns]
    dropped = [pattern for pattern in old if pattern not in kept and not pattern.startswith("!")]
    added = [pattern for pattern in kept if pattern not in old and pattern.startswith("!")]
    let_off = [code for code in new.people if any(code not in policy.people for policy in policies)]
    changes = {
        "drops {} from [policy] protected": dropped,
        "adds {} to [policy] protected": added,
        "lets people off {}": let_off,
    }
    told = [what.format(", ".join(dict.fromkeys(names))) for what, names in changes.items() if names]
    return f"warning: {CONFIG_FILE} {', '.join(told)}, for what builds on this" if told else ""


def _next_policy(change: Change, objects: Objects) -> Policy:
    """The policy there would be; nothing is protected where the file goes, or is none."""
    if change.new_oid is None or change.new_mode == "160000":
        return empty_policy("")
    from harness.guard.content_rules import tree_settings

    policy = parse_policy(objects.read(change.new_oid), "it")
    tree_settings(policy.content, allow_comments=True)
    return policy
