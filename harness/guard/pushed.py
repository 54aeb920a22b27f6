"""What a push brings: the lines git gives a pre-push hook, and the commits the remote doesn't have."""

from __future__ import annotations

from harness.guard.difference import common_changes
from harness.guard.failures import wrong_usage
from harness.guard.git_process import GitProcess, git_failed, run_git
from harness.guard.ranges import commit_named, tree_changes, way_back
from harness.guard.scene import Scene
from harness.guard.staged import empty_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

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


def pushed_scenes(pushed: list[PushedRef], remote: str | None) -> list[Scene]:
    """What each pushed commit changes against what the remote is known to have.

    Known are what git says is there and the remote's tracking refs; every remote's where this one has
    none yet. Deletions, and tags of what is no commit, bring no changes.
    """
    scenes = []
    for one in pushed:
        commit = _commit(one.oid) if one.oid else None
        if commit:
            scene = _scene(commit, one, remote)
            if scene:
                scenes.append(scene)
    return scenes


def _scene(commit: str, pushed: PushedRef, remote: str | None) -> Scene | None:
    """What is new in `commit`; None where nothing is."""
    known = [f"--remotes={remote}" if remote and _has_refs(remote) else "--remotes"]
    there = _commit(pushed.remote_oid) if pushed.remote_oid else None
    if there:
        known.append(there)
    lines = GitProcess("rev-list", "--boundary", commit, "--not", *known).require().decode().split()
    edges = [line.removeprefix("-") for line in lines if line.startswith("-")]
    if not lines:
        return None
    if not edges and there:
        # A history of its own takes the place of what is there, whose policy it must not get around.
        edges = [there]
    if not edges:
        changes = [[change] for change in tree_changes(empty_tree(), commit)]
        name = f"the remote {remote}" if remote else "the remote"
        return Scene((), name, lambda: changes, "take it out: git rm --cached")
    bases = GitProcess("merge-base", "--independent", *edges).require().decode().split()
    groups = common_changes([tree_changes(base, commit) for base in bases])
    return Scene(bases, f"the pushed-to commit {bases[0][:12]}", lambda: groups, way_back(bases[0]))


def _has_refs(remote: str) -> bool:
    return bool(run_git("for-each-ref", "--count=1", f"refs/remotes/{remote}/")[1])


def _commit(oid: str) -> str | None:
    question = ("rev-parse", "--quiet", "--verify", f"{oid}^{{commit}}")
    status, output = run_git(*question)
    if status not in (0, 1):
        raise git_failed(status, *question)
    return output.decode().strip() if status == 0 else None


def _is_oid(text: str) -> bool:
    return len(text) in (40, 64) and all(character in "0123456789abcdef" for character in text)


def _known(oid: str) -> str | None:
    return oid if oid.strip("0") else None
