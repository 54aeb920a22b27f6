"""What one commit changes since it left another."""

from __future__ import annotations

from harness.guard.difference import RAW, read_changes
from harness.guard.failures import no_repository, usage, wrong_usage
from harness.guard.git_process import GitProcess, complaint_of, run_git
from harness.guard.scene import Scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.guard.difference import Change


def endpoints(text: str) -> tuple[str, str]:
    """(A, B) of `A..B` or `A...B`; HEAD for an end that is left out."""
    first, dots, last = text.partition("..")
    if not dots:
        raise wrong_usage(f"--range needs A..B, not {text!r}")
    return first or "HEAD", last.removeprefix(".") or "HEAD"


def range_scene(first: str, last: str) -> Scene:
    """What `last` changes since it left `first`, against their merge base.

    Where histories cross there are several. A path counts if it differs from one of them and from `first`:
    what came over from `first` is none of `last`'s doing. The policy of `first` counts, too: else a branch
    would be rid of what was protected since, by beginning far back.
    """
    start, end = commit_named(first), commit_named(last)
    status, output = run_git("merge-base", "--all", start, end)
    if status != 0:
        raise usage(
            "no-merge-base",
            f"{first} and {last} have no common ancestor here",
            "a shallow clone lacks the history: fetch all of it (fetch-depth: 0)",
        )
    bases = output.decode().split()
    differences = [tree_changes(base, end) for base in bases]
    groups = [[change] for change in differences[0]]
    if bases != [start] and any(differences):
        groups = _not_taken_over(differences, tree_changes(start, end))
    name = f"the merge base {bases[0][:12]}"
    return Scene(bases, name, lambda: groups, way_back(bases[0]), target=start)


def _not_taken_over(differences: Sequence[list[Change]], to_first: list[Change]) -> list[list[Change]]:
    own = {change.path for change in to_first}
    groups: dict[str, list[Change]] = {}
    for change in (change for changes in differences for change in changes):
        if change.path in own:
            groups.setdefault(change.path, []).append(change)
    return list(groups.values())


def tree_changes(old: str, new: str) -> list[Change]:
    """The difference of two commits or trees, given by their full ids."""
    return read_changes(GitProcess("diff-tree", "-r", *RAW, old, new, "--").require())


def way_back(base: str) -> str:
    """The command, less the path, that takes a committed change back."""
    return f"take it back: git restore --source={base[:12]} --staged --worktree"


def commit_named(revision: str) -> str:
    """The commit a revision names; UsageError `unknown-revision` or `no-repository`."""
    if not revision.startswith("-"):
        status, output = run_git("rev-parse", "--quiet", "--verify", f"{revision}^{{commit}}")
        if status == 0:
            return output.decode().strip()
        if status != 1 and (complaint := complaint_of("rev-parse", "--git-dir")):
            raise no_repository(complaint)
    raise usage(
        "unknown-revision",
        f"{revision!r} names no commit here",
        "see `git log --all --oneline`; a shallow clone lacks older commits",
    )
