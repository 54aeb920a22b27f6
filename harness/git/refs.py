"""Refs: read, and moved by compare-and-swap only."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.errors import BlockedError
from harness.git.broken_refs import broken_ref, obstructed_ref
from harness.git.command import DURABLY, Git, git_failed, split_z
from harness.process.regular_file import read_regular

ZERO = "0" * 40
STALE_LOCK_AGE = 60.0  # seconds
_OBJECT = re.compile(r"[0-9a-f]{40}\n?")
_LONGEST = 1024  # bytes of a ref's file
_IN_THE_WAY = re.compile(r"'(refs/\S+)' exists; cannot create '(refs/\S+)'")
NAMESPACES = ("refs/harness", "refs/heads/harness", "refs/notes/harness")
"""Where the refs of the harness are."""


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """A ref that has to be at `old` (None: absent) and goes to `new` (None: is deleted)."""

    ref: str
    new: str | None
    old: str | None


class RefMovedError(Exception):
    """A ref wasn't where it was expected; nothing was moved."""

    def __init__(self, ref: str) -> None:
        super().__init__(ref)
        self.ref = ref


def read_ref(git: Git, ref: str) -> str | None:
    """The object a ref names, None where there is no such ref. UsageError `damaged-repository`."""
    if ref.startswith("refs/"):
        # A process for each of the many reads of a phase is most of what it costs.
        with contextlib.suppress(OSError, UnicodeDecodeError):
            value = read_regular(git.git_dir / ref, _LONGEST, follow=True).decode("ascii")
            if _OBJECT.fullmatch(value):
                return value.rstrip("\n")
        require_ref_files(git, ref)
        if not (git.git_dir / ref).exists() and not (git.git_dir / "packed-refs").exists():
            return None
    output = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", ref)
    if output.status == 0:
        return output.text
    if broken := broken_ref(git.git_dir, ref):
        raise broken
    return None


def list_refs(git: Git, prefix: str) -> dict[str, str]:
    """Every ref below `prefix` ("refs/harness/runs/"), with its object. UsageError `damaged-repository`."""
    require_ref_files(git, prefix)
    output = git("for-each-ref", "--format=%(objectname)%00%(refname)%00", "--", prefix)
    if output.stderr and (broken := broken_ref(git.git_dir, prefix)):
        raise broken
    fields = split_z(output.stdout.replace(b"\0\n", b"\0"))
    return dict(zip(fields[1::2], fields[0::2], strict=True))


def remote_branches(git: Git, branch: str) -> dict[str, str]:
    """The remotes' copies of a branch ("harness/demo"), as last fetched, with their tips; by name."""
    found = list_refs(git, "refs/remotes/")
    return {ref: oid for ref, oid in sorted(found.items()) if ref.endswith(f"/{branch}")}


def require_ref_files(git: Git, prefix: str = "refs/") -> None:
    """UsageError `damaged-repository` for a pipe or a link to nowhere in place of a ref of ours.

    Of those named, below or beginning with `prefix`; to be asked before git reads any of them.
    """
    for namespace in NAMESPACES:
        if prefix.startswith(namespace) or namespace.startswith(prefix):
            place = max(prefix, namespace, key=len)
            if obstructed := obstructed_ref(git.git_dir, place):
                raise obstructed


def move_refs(git: Git, updates: Iterable[RefUpdate], verify: Mapping[str, str | None] | None = None) -> None:
    """Move refs in one transaction, where each is still at its `old` and each of `verify` where it says.

    RefMovedError names the first that wasn't; BlockedError `ref-in-the-way`. Not crash-atomic over several
    refs: a kill can leave some moved, so whoever moves several must be able to finish them later.
    """
    updates, verify = list(updates), verify or {}
    commands = [b"start\0"]
    for ref, value in verify.items():
        commands.append(f"verify {ref}\0{value or ZERO}\0".encode())
    for update in updates:
        verb = f"update {update.ref}\0{update.new}\0" if update.new else f"delete {update.ref}\0"
        commands.append(f"{verb}{update.old or ZERO}\0".encode())
    commands += [b"prepare\0", b"commit\0"]
    _remove_stale_locks(git)
    output = git.run(*DURABLY, "update-ref", "--no-deref", "--stdin", "-z", stdin=b"".join(commands))
    if output.status == 0:
        return
    expected = [*verify.items(), *((update.ref, update.old) for update in updates)]
    for ref, value in expected:
        if read_ref(git, ref) != value:
            raise RefMovedError(ref)
    if found := _IN_THE_WAY.search(output.stderr):
        raise BlockedError(
            "ref-in-the-way",
            f"{found[1]} is in the way of {found[2]}: git has no ref below another",
            f"see what it is: git show {found[1]}; then delete it: git update-ref -d {found[1]}",
        )
    raise git_failed(git.git_dir, ("update-ref",), output)


def _remove_stale_locks(git: Git) -> None:
    # A killed git leaves REF.lock behind, which would block that ref of ours for ever.
    limit = time.time() - STALE_LOCK_AGE
    for namespace in NAMESPACES:
        for lock in (git.git_dir / namespace).glob("**/*.lock"):
            try:
                if lock.stat().st_mtime < limit:
                    lock.unlink()
            except FileNotFoundError:
                continue
