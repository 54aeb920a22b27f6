"""What is staged, against HEAD and, in a merge, against every other parent."""

from __future__ import annotations

import os

from harness.guard.difference import RAW, common_changes, read_changes
from harness.guard.failures import no_repository, usage
from harness.guard.git_process import GitProcess, complaint_of, run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.guard.difference import Change
    from harness.guard.objects import Objects
    from harness.guard.scene import Scene

# git merge tells a hook by variables of this name which commits it merges.
_MERGED = "GITHEAD_"
_QUESTION = ("--path-format=absolute", "--git-path", "MERGE_HEAD", "--is-bare-repository")


class StagedChanges:
    """The staged changes, asked for when this is made and read as late as can be.

    `difference` answers with the raw difference to HEAD where a hook has asked git for it already, and
    with None where that failed.
    """

    __slots__ = ("_difference", "_objects", "_place")

    def __init__(self, objects: Objects, difference: Callable[[], bytes | None] | None = None) -> None:
        self._objects = objects
        self._place = None if difference else _ask_for_place()
        self._difference = difference or _start("HEAD").require

    def scene(self) -> Scene:
        """What is to be judged; UsageError outside of a repository or in a bare one."""
        from harness.guard.scene import Scene

        head, parents = self._head_outside_merges(), []
        if head is None:
            head, merge_head_file = _locate(*(self._place or _ask_for_place()).finish())
            parents = _merge_heads(merge_head_file)
        if head is None:
            from harness.guard.unborn import require_unborn

            require_unborn()
            return Scene((), "HEAD", _to_nothing, "unstage it: git rm --cached")
        others = [_start(parent) for parent in parents]

        def read() -> list[list[Change]]:
            output = self._difference()
            to_head = _start("HEAD").require() if output is None else output
            return common_changes([read_changes(output) for output in (to_head, *map(_output, others))])

        return Scene((head,), "HEAD", read, "unstage it: git restore --staged")

    def _head_outside_merges(self) -> str | None:
        """The commit HEAD names, found without another process; None where more has to be asked."""
        if self._place is not None or any(name.startswith(_MERGED) for name in os.environ):
            return None
        return None if self._objects.named("MERGE_HEAD") else self._objects.named("HEAD")


def _ask_for_place() -> GitProcess:
    return GitProcess("rev-parse", *_QUESTION, "--quiet", "--verify", "HEAD")


def _to_nothing() -> list[list[Change]]:
    """Everything that is staged."""
    return [[change] for change in changes_from(empty_tree())]


def changes_from(tree: str) -> list[Change]:
    """What is staged, against a tree or commit."""
    return read_changes(_start(tree).require())


def _output(process: GitProcess) -> bytes:
    return process.require()


def _start(tree: str) -> GitProcess:
    return GitProcess("diff-index", "--cached", *RAW, tree, "--")


def _locate(status: int, output: bytes) -> tuple[str | None, bytes]:
    """(the commit HEAD names or None before the first one, the file that names merged commits)."""
    if status not in (0, 1):
        raise no_repository(complaint_of("rev-parse", "--git-dir"))
    lines = output.removesuffix(b"\n").split(b"\n")
    head = lines.pop().decode() if status == 0 else None
    if lines.pop() == b"true" and "GIT_INDEX_FILE" not in os.environ:
        raise usage("bare-repository", "a bare repository stages nothing", "judge commits: --range A..B")
    return head, b"\n".join(lines)


def _merge_heads(file: bytes) -> list[str]:
    try:
        with open(file, encoding="ascii") as stream:  # noqa: PTH123 - pathlib costs its import
            return stream.read().split()
    except FileNotFoundError:
        # git merge writes MERGE_HEAD only after the pre-merge-commit hook; that one gets names.
        names = (name.removeprefix(_MERGED) for name in os.environ if name.startswith(_MERGED))
        return [name for name in names if len(name) in (40, 64)]


def empty_tree() -> str:
    """The id of the tree without entries, in the repository's hash."""
    status, output = run_git("hash-object", "-t", "tree", os.devnull)
    # Every git knows the empty tree of its hash without having it stored.
    return output.decode().strip() if status == 0 else "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
