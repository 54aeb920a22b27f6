"""What a push brings: the lines git gives a pre-push hook, and the commits the remote doesn't have."""

from __future__ import annotations

from harness.guard.difference import common_changes
from harness.guard.failures import wrong_usage
from harness.guard.git_process import GitProcess
from harness.guard.new_commits import edges_of
from harness.guard.ranges import commit_named, tree_changes, way_back
from harness.guard.scene import Scene
from harness.guard.staged import empty_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.guard.difference import Change
    from harness.guard.objects import Objects

_NOTHING = "0" * 40
MOST_BYTES = 16 * 1024 * 1024


class PushedRef:
    """One line of git's: what is pushed (`oid` None for a deletion), to where, and what is there."""

    __slots__ = ("local", "oid", "remote", "remote_oid")

    def __init__(self, line: str) -> None:
        fields = line.split(" ")
        if len(fields) != 4 or not (_is_oid(fields[1]) and _is_oid(fields[3])):
            raise wrong_usage(f"a pre-push hook is given four fields a line, not {line[:100]!r}")
        self.local, self.remote = fields[0], fields[2]
        self.oid, self.remote_oid = _known(fields[1]), _known(fields[3])


def read_lines(data: bytes) -> list[PushedRef]:
    """`<local ref> SP <local oid> SP <remote ref> SP <remote oid>` a line (githooks(5))."""
    if len(data) > MOST_BYTES:
        raise wrong_usage("standard input is too long to be what git gives a pre-push hook")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return [PushedRef(line) for line in lines if line]


def from_environment(environment: Mapping[str, str]) -> tuple[list[PushedRef], str | None] | None:
    """(what is pushed, the remote) as the pre-commit framework says it, which keeps git's lines to itself.

    None where that framework isn't at work.
    """
    if environment.get("PRE_COMMIT") != "1" or "PRE_COMMIT_REMOTE_NAME" not in environment:
        return None
    # It names no commits where all of a history is new to the remote, only the branch.
    names = (environment.get(f"PRE_COMMIT_{name}") for name in ("TO_REF", "LOCAL_BRANCH"))
    local = commit_named(next((name for name in names if name), "HEAD"))
    remote = environment.get("PRE_COMMIT_FROM_REF", "")
    known = commit_named(remote) if remote.strip("0") else _NOTHING
    branches = [environment.get(f"PRE_COMMIT_{side}_BRANCH", side.lower()) for side in ("LOCAL", "REMOTE")]
    line = f"{branches[0]} {local} {branches[1]} {known}"
    return [PushedRef(line)], environment["PRE_COMMIT_REMOTE_NAME"]


def range_from_environment(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """(A, B) where the pre-commit framework was given `--from-ref A --to-ref B`, as in CI; else None."""
    if environment.get("PRE_COMMIT") != "1":
        return None
    first, last = (environment.get(f"PRE_COMMIT_{name}_REF", "") for name in ("FROM", "TO"))
    return (first, last) if first and last else None


def pushed_scenes(pushed: list[PushedRef], remote: str | None, objects: Objects) -> list[Scene]:
    """What each pushed commit changes against what the remote is known to have.

    Known are what git says is there and the remote's tracking refs; every remote's where this one has
    none yet. Deletions, and tags of what is no commit, bring no changes.
    """
    tracking = tracking_refs(remote)
    tips: dict[tuple[str, str | None], None] = {}
    for one in pushed:
        commit = _commit(one.oid, objects)
        if commit:
            tips[commit, _commit(one.remote_oid, objects)] = None
    if not tips:
        return []
    edges = edges_of({commit for commit, _ in tips}, {there for _, there in tips if there}, tracking)
    found: dict[tuple[str, frozenset[str]], None] = {}
    for commit, there in tips:
        if commit in edges:
            # A history of its own takes the place of what is there, whose policy it must not get around.
            found[commit, edges[commit] or frozenset([there] if there else [])] = None
    independent = {around: _independent(around) for around in {around for _, around in found}}
    nothing = empty_tree() if [] in independent.values() else ""
    return [_scene(commit, independent[around], remote, nothing) for commit, around in found]


def _scene(commit: str, bases: list[str], remote: str | None, nothing: str) -> Scene:
    """What is new in a commit; `nothing` is the empty tree."""
    if not bases:
        name = f"the remote {remote}" if remote else "the remote"

        def added() -> list[list[Change]]:
            return [[change] for change in tree_changes(nothing, commit)]

        return Scene((), name, added, "take it out: git rm --cached")

    def read() -> list[list[Change]]:
        return common_changes([tree_changes(base, commit) for base in bases])

    return Scene(bases, f"the pushed-to commit {bases[0][:12]}", read, way_back(bases[0]))


def _independent(edges: frozenset[str]) -> list[str]:
    """Those of some commits that no other of them contains."""
    if len(edges) < 2:
        return list(edges)
    return GitProcess("merge-base", "--independent", *sorted(edges)).require().decode().split()


def tracking_refs(remote: str | None) -> str | None:
    """The option that names the tracking refs of the remote, else of every one; None where there are none."""
    if remote and _has_refs(f"refs/remotes/{remote}/"):
        return f"--remotes={remote}"
    return "--remotes" if _has_refs("refs/remotes/") else None


def _has_refs(folder: str) -> bool:
    return bool(GitProcess("for-each-ref", "--count=1", folder).require())


def _commit(oid: str | None, objects: Objects) -> str | None:
    return objects.named(f"{oid}^{{commit}}") if oid else None


def _is_oid(text: str) -> bool:
    return len(text) in (40, 64) and all(character in "0123456789abcdef" for character in text)


def _known(oid: str) -> str | None:
    return oid if oid.strip("0") else None
