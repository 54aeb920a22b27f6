"""Refs of the harness that lead to objects which aren't here, as a broken copy leaves them."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import HarnessError
from harness.git.command import Output
from harness.git.records import unreadable_record
from harness.git.refs import NAMESPACES, list_refs
from harness.git.remotes import TRACKING
from harness.git.repository import Repository, is_partial_clone, missing_objects

# Only what none of the user's own refs leads to: whether that is whole is for `git fsck` to say.
_WALK = ("rev-list", "--objects", "--quiet", "--ignore-missing", "--stdin")
_BEYOND = ("--not", "--exclude=harness/*", "--branches", "--tags", "--exclude=*/harness/*", "--remotes")


def refs_of_ours(user: Repository) -> dict[str, str]:
    """Every ref of the harness with its object: branches first, as ledgers lead to what they do."""
    prefixes = sorted(NAMESPACES, key=lambda prefix: not prefix.startswith("refs/heads/"))
    found = {ref: oid for prefix in prefixes for ref, oid in list_refs(user.git, prefix).items()}
    return dict(sorted(found.items(), key=lambda row: row[0].startswith(TRACKING)))


def lost_objects(user: Repository, refs: dict[str, str]) -> tuple[str, HarnessError] | None:
    """The first of `refs` that leads to something that isn't here, and the error for it; None without one.

    What a partial clone lacks isn't lost: of that only the objects that refs name are looked for.
    """
    for ref, oid in refs.items():
        if oid not in user.objects:
            return ref, _lost(ref, f"{oid[:12]}, which it names, isn't here")
    if not refs or is_partial_clone(user.root) or _walk(user, [*refs.values()]).status == 0:
        return None
    ref = _first_broken(user, refs)
    words = _walk(user, [refs[ref]]).stderr.splitlines() or ["an object is missing"]
    return ref, _lost(ref, words[0].removeprefix("error: ").removeprefix("fatal: "))


def _first_broken(user: Repository, refs: dict[str, str]) -> str:
    suspects = list(refs)
    while len(suspects) > 1:
        half = suspects[: len(suspects) // 2]
        broken = _walk(user, [refs[ref] for ref in half]).status != 0
        suspects = half if broken else suspects[len(half) :]
    return suspects[0]


def _lost(ref: str, why: str) -> HarnessError:
    """UsageError `missing-objects` for a branch, which a fetch makes whole; else `record-unreadable`."""
    if ref.startswith("refs/heads/"):
        return missing_objects(f"{ref} can't be read: {why}")
    return unreadable_record(ref, why)


def _walk(user: Repository, tips: Sequence[str]) -> Output:
    return user.git.run(*_WALK, *_BEYOND, stdin="".join(f"{tip}\n" for tip in tips).encode())
