"""What commits say of themselves: tree, parents and the harness's trailers, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.git.command import Git, split_z

TRAILERS = ("Run-Id", "Phase-Id", "Attempt", "Agent", "Base-Commit")
_VALUES = (f"%(trailers:key={key},valueonly,unfold,separator=%x1f)" for key in TRAILERS)
_SHAPE = "%x00".join(["%H", "%T", "%P", "%ct", *_VALUES, ""])


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """A commit; a trailer it doesn't have is "", one it has twice has both values, joined by 0x1f.

    `made` is when, by the committer's clock, in seconds since 1970.
    """

    oid: str
    tree: str
    parents: tuple[str, ...]
    made: int
    trailers: Mapping[str, str]

    @property
    def run(self) -> str:
        return self.trailers["Run-Id"]

    @property
    def phase(self) -> str:
        return self.trailers["Phase-Id"]


def read_commits(git: Git, oids: Iterable[str]) -> dict[str, CommitFacts]:
    """The commits with these full ids, which have to be there."""
    asked = "".join(f"{oid}\n" for oid in dict.fromkeys(oids)).encode("ascii")
    return _read(git, ["--no-walk=unsorted", "--stdin"], asked) if asked else {}


def contains_any(git: Git, tip: str, oids: Iterable[str]) -> bool:
    """Whether the commit `tip` contains one of these, all of which have to be there; asked at once."""
    asked = set(oids)
    told = "".join(f"{oid}\n" for oid in (*sorted(asked), f"^{tip}")).encode("ascii")
    return bool(asked.difference(git("rev-list", "--stdin", stdin=told).text.split())) if asked else False


def commits_between(git: Git, tip: str, without: Iterable[str]) -> dict[str, CommitFacts]:
    """Every commit of `tip` that none of `without` contains, newest first."""
    asked = "".join(f"{line}\n" for line in (tip, *(f"^{oid}" for oid in dict.fromkeys(without))))
    return _read(git, ["--topo-order", "--stdin"], asked.encode("ascii"))


def last_change(git: Git, tip: str, path: str) -> int:
    """When the newest commit of `tip` that changed `path` was made, in seconds since 1970; 0 without any."""
    told = git("log", "-1", "--format=%ct", tip, "--", f":(literal){path}").text.strip()
    return int(told or 0)


def _read(git: Git, options: Sequence[str], stdin: bytes) -> dict[str, CommitFacts]:
    output = git("log", f"--format={_SHAPE}", *options, stdin=stdin)
    fields = split_z(output.stdout.replace(b"\0\n", b"\0"))
    width = 4 + len(TRAILERS)
    rows = (fields[i : i + width] for i in range(0, len(fields) - width + 1, width))
    return {row[0]: _facts(row) for row in rows}


def _facts(row: Sequence[str]) -> CommitFacts:
    oid, tree, parents, made, *values = row
    trailers = dict(zip(TRAILERS, (value.strip() for value in values), strict=True))
    return CommitFacts(oid, tree, tuple(parents.split()), int(made), trailers)
