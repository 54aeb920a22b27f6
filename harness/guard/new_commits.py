"""The commits a remote doesn't have, and where each of their histories meets what it has: one walk."""

from __future__ import annotations

from harness.guard.git_process import GitProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection


def edges_of(
    commits: Collection[str], known: Collection[str], tracking: str | None
) -> dict[str, frozenset[str]]:
    """For each new commit among the histories of `commits`: the known commits that new ones build on.

    What isn't in the answer is known. Known are the histories of `known`, and those of the refs that the
    option `tracking` of `git rev-list` names. All ids are full ones.
    """
    if not known and tracking is None:
        return dict.fromkeys(commits, frozenset())
    told = "".join([*(f"{commit}\n" for commit in commits), *(f"^{commit}\n" for commit in known)])
    options = ("--parents", "--topo-order", "--reverse", "--stdin")
    there = ("--not", tracking) if tracking else ()
    listed = GitProcess("rev-list", *options, *there, told=told.encode()).require()
    found: dict[str, frozenset[str]] = {}
    # Parents come first, and most commits have what their parent has: one set serves them all.
    for line in listed.decode().splitlines():
        commit, *parents = line.split()
        sets = {found[parent] if parent in found else frozenset([parent]) for parent in parents}
        found[commit] = sets.pop() if len(sets) == 1 else frozenset().union(*sets)
    return found
