"""Moving accepted objects out of an attempt's private repository into the user's."""

from __future__ import annotations

from collections.abc import Iterable

from harness.git.private import PrivateRepository
from harness.git.repository import Repository

# git's own limit (fetch.unpackLimit) between loose objects and a pack.
_UNPACK_LIMIT = 100


def transfer(private: PrivateRepository, user: Repository, tips: Iterable[str]) -> None:
    """Copy every object reachable from `tips` that the user's repository lacks; checks them on arrival."""
    objects = _missing(private, user, tips)
    if not objects:
        return
    pack = private.git(
        "pack-objects",
        "-q",
        "--stdout",
        "--no-reuse-delta",
        stdin="\n".join(objects).encode() + b"\n",
    ).stdout
    if len(objects) < _UNPACK_LIMIT:
        user.git("unpack-objects", "-q", "--strict", stdin=pack)
    else:
        user.git("index-pack", "--stdin", "--strict", stdin=pack)


def _missing(private: PrivateRepository, user: Repository, tips: Iterable[str]) -> list[str]:
    # Everything new was written into the private store itself; what it borrows, the user has already.
    # A checkout in CI may have a HEAD and no refs at all.
    head = user.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    known = [head.text] if head.status == 0 else []
    listed = private.git(
        # A ref of the user's that names nothing any more must not keep a phase from being recorded.
        "rev-list", "--ignore-missing", "--objects", "--no-object-names", "--stdin",
        "--not", "--alternate-refs",
        stdin="\n".join([*tips, *(f"^{oid}" for oid in known)]).encode() + b"\n",
    ).stdout.decode("ascii").split()  # fmt: skip
    return [oid for oid in listed if not user.objects.odb.exists(oid)]
