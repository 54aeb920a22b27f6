"""Moving accepted objects out of an attempt's private repository into the user's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from harness.errors import BlockedError
from harness.git.command import DURABLY, git_failed
from harness.git.private import PrivateRepository
from harness.git.repository import Repository

# git's own limit (fetch.unpackLimit) between loose objects and a pack.
_UNPACK_LIMIT = 100
# What git says of an object it doesn't take: its id, the name of the fault, the fault.
_FAULT = re.compile(r"^error: object ([0-9a-f]{40}): (\w+): (.*)$", re.MULTILINE)


def transfer(private: PrivateRepository, user: Repository, tips: Iterable[str]) -> None:
    """Copy every object reachable from `tips` that the user's repository lacks; checks them on arrival.

    BlockedError `content-unsafe` for a `.gitmodules` or `.gitattributes` that git doesn't take.
    """
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
    _receive(user, objects, pack)


def _receive(user: Repository, objects: Collection[str], pack: bytes) -> None:
    command = ["unpack-objects", "-q"] if len(objects) < _UNPACK_LIMIT else ["index-pack", "--stdin"]
    output = user.git.run(*DURABLY, *command, "--strict", stdin=pack)
    faults = _FAULT.findall(output.stderr) if output.status else []
    new = [f"{name}: {fault} ({oid[:12]})" for oid, name, fault in faults if oid in objects]
    if new:
        raise BlockedError(
            "content-unsafe",
            f"git doesn't take what was made: {new[0]}",
            "have it made otherwise; `git fsck` calls it an error",
        )
    if faults:
        # It is in the user's files since long ago, and only the folder around it is new.
        known = ",".join(f"{name}=ignore" for name in dict.fromkeys(name for _, name, _ in faults))
        output = user.git.run(*DURABLY, *command, f"--strict={known}", stdin=pack)
    if output.status:
        raise git_failed(user.common_dir, command, output)


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
