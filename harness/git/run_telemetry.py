"""The telemetry files of the branches of runs."""

from __future__ import annotations

from collections.abc import Iterator

from harness.git.refs import list_refs
from harness.git.repository import Repository
from harness.git.tree import Tree

FOLDER = "telemetry"
_BRANCHES = "refs/heads/"


def branch_files(repository: Repository) -> Iterator[tuple[str, bytes]]:
    """(`branch:path`, content) of each `telemetry/*.ndjson` on a `harness/*` branch; each content once."""
    seen: set[str] = set()
    for ref, tip in sorted(list_refs(repository.git, f"{_BRANCHES}harness/").items()):
        tree = Tree(repository.objects, tip)
        for name in tree.names(FOLDER):
            path = f"{FOLDER}/{name}"
            entry = tree.entry(path)
            if entry is None or not name.endswith(".ndjson") or entry.mode not in ("100644", "100755"):
                continue
            if entry.oid not in seen:
                seen.add(entry.oid)
                yield f"{ref.removeprefix(_BRANCHES)}:{path}", tree.content(path)
