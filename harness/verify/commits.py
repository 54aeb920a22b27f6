"""What commits say of themselves: tree, parents and the harness's trailers, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.git.command import Git, split_z

TRAILERS = ("Run-Id", "Phase-Id", "Attempt", "Agent", "Base-Commit")
_SHAPE = "%x00".join(
    ["%H", "%T", "%P", *(f"%(trailers:key={key},valueonly,unfold,separator=%x1f)" for key in TRAILERS), ""]
)


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """A commit; a trailer it doesn't have is "", one it has twice has both values, joined by 0x1f."""

    oid: str
    tree: str
    parents: tuple[str, ...]
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


def _read(git: Git, options: Sequence[str], stdin: bytes) -> dict[str, CommitFacts]:
    output = git("log", f"--format={_SHAPE}", *options, stdin=stdin)
    fields = split_z(output.stdout.replace(b"\0\n", b"\0"))
    width = 3 + len(TRAILERS)
    rows = (fields[i : i + width] for i in range(0, len(fields) - width + 1, width))
    return {row[0]: _facts(row) for row in rows}


def _facts(row: Sequence[str]) -> CommitFacts:
    values = (value.strip() for value in row[3:])
    return CommitFacts(row[0], row[1], tuple(row[2].split()), dict(zip(TRAILERS, values, strict=True)))
