"""The commits of all branches, with what tells where their work came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import pygit2

from harness.git.command import split_z
from harness.git.repository import Repository

_TELEMETRY = "telemetry"


@dataclass(frozen=True, slots=True)
class LandedCommit:
    """A commit of a branch; `work` names its tree less the telemetry files in it."""

    oid: str
    work: str
    parents: tuple[str, ...]
    message: str


def landed_commits(user: Repository, *, without: str | None = None) -> list[LandedCommit]:
    """Every commit of a branch, of this repository or of a remote as last fetched, newest first.

    `without` leaves out what that commit has in its history.
    """
    tips = ["--branches", "--remotes", *(["HEAD"] if _has_head(user) else [])]
    shape = "--format=%H%x00%P%x00%B%x00"
    limit = [f"^{without}"] if without else []
    fields = split_z(user.git("log", shape, *tips, *limit, "--").stdout.replace(b"\0\n", b"\0"))
    rows = zip(fields[0::3], fields[1::3], fields[2::3], strict=True)
    return [
        LandedCommit(oid, work_of(user.objects, oid), tuple(parents.split()), message)
        for oid, parents, message in rows
    ]


def work_of(objects: pygit2.Repository, name: str) -> str:
    """A name for the tree of a commit or tree, the same for trees that differ in telemetry files only."""
    tree = objects[name].peel(pygit2.Tree)
    seen = hashlib.sha256()
    for item in tree:
        if item.name == _TELEMETRY and isinstance(item, pygit2.Tree):
            rest = [f for f in item if not (f.name or "").endswith(".ndjson")]
            rows = [(f"{_TELEMETRY}/{f.name}", f) for f in rest]
        else:
            rows = [(item.name or "", item)]
        for path, entry in rows:
            seen.update(f"{path}\0{entry.filemode:o}\0{entry.id}\0".encode("utf-8", "surrogateescape"))
    return seen.hexdigest()


def common_ancestor(user: Repository, commits: Iterable[str]) -> str | None:
    """A commit that all of these that exist here have in their history; None where there is none."""
    found: str | None = None
    for commit in commits:
        if commit not in user.objects:
            continue
        base = user.objects.merge_base(found, commit) if found else commit
        if base is None:
            return None
        found = str(base)
    return found


def _has_head(user: Repository) -> bool:
    return user.git.run("rev-parse", "--verify", "--quiet", "HEAD").status == 0
