"""What git itself makes of a patch, and what the harness makes of it, side by side."""

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from harness.candidate import Candidate, NotBuilt
from harness.candidate_building import build_candidate
from harness.edits.diff_body import diff_body
from harness.edits.formats import Reply
from harness.edits.limits import DEFAULT_LIMITS
from harness.edits.repairs import FRAMING
from harness.git.private import PrivateRepository
from harness.git.repository import discover
from harness.git.tree import tree_changes
from harness.policy.model import TreeChange

QUIET = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "PATH": "/usr/bin:/bin:/usr/local/bin"}


def git(root: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["git", *arguments], cwd=root, env={**QUIET, **environment}, input=stdin, capture_output=True
    )


def git_tree(root: Path, start: str, patch: bytes) -> str | None:
    """The tree that plain `git apply --cached` makes of a patch, None where git refuses it."""
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        assert git(root, "read-tree", start, **index).returncode == 0
        if git(root, "apply", "--cached", "-", stdin=patch, **index).returncode:
            return None
        written = git(root, "write-tree", **index)
        return written.stdout.decode().strip() if written.returncode == 0 else None


@dataclass
class Comparison:
    """Patches given to git and to the harness; what came of them is counted, what may not be is raised."""

    root: Path
    folder: Path
    counts: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.private = PrivateRepository(self.folder, discover(self.root))

    def diff(self, old: str, new: str, *options: str) -> bytes:
        done = git(self.root, "diff", "--binary", *options, old, new)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tree(self, commit: str) -> str:
        return git(self.root, "rev-parse", f"{commit}^{{tree}}").stdout.decode().strip()

    def is_tree_of(self, commit: str, document: bytes) -> bool:
        """Whether `harness check --json` gave exactly this commit's tree."""
        return json.loads(document)["tree"] == self.tree(commit)

    def build(self, start: str, patch: bytes, strict: bool = False) -> Candidate | NotBuilt:
        return build_candidate(self.private, start, start, patch, strict=strict)

    def same(self, old: str, new: str, *options: str) -> bytes:
        """What git says of two trees makes the second of the first, with and without `strict`."""
        patch, tree = self.diff(old, new, *options), self.tree(new)
        for strict in (False, True):
            built = self.build(old, patch, strict)
            assert isinstance(built, Candidate), (built, old, new, options)
            assert (built.tree, built.repairs) == (tree, ()), (old, new, options)
        self.counts["whole"] += 1
        return patch

    def mangled(self, start: str, patch: bytes) -> None:
        """Strict: git's own tree or none. Default: every difference from git is a repair that is named."""
        own = git_tree(self.root, start, patch)
        self.counts["mangled"] += 1
        self.counts["git applies"] += own is not None
        for strict in (True, False):
            mode = "strict" if strict else "default"
            built = self.build(start, patch, strict)
            if isinstance(built, NotBuilt):
                assert built.problems, patch
                self.counts[f"{mode}: refused, git too" if own is None else f"{mode}: refused, git not"] += 1
                continue
            repairs = {repair.name for repair in built.repairs}
            expected = own if not repairs else git_tree(self.root, start, unframed(patch))
            named = repairs - FRAMING
            assert not (strict and named), (repairs, patch)
            if built.tree == expected:
                self.counts[f"{mode}: git's own"] += 1
            else:
                assert named, (mode, start, built, expected, patch)
                self.counts[f"{mode}: repaired, other than git"] += 1
            self.counts.update(f"repair: {name}" for name in named)

    def cut(self, old: str, new: str, patch: bytes) -> None:
        """A diff that was cut and is said to be: each path as the new commit has it, or as the old one had."""
        built = build_candidate(self.private, old, old, patch, truncated=True)
        self.counts["cut"] += 1
        if isinstance(built, NotBuilt):
            assert {problem.code for problem in built.problems} <= {"truncated-diff", "no-edits"}, built
            return
        assert built.truncated
        assert {"cut-file"} == {r.name for r in built.repairs} - FRAMING
        meant = tree_changes(self.private.git, old, new)
        for change in tree_changes(self.private.git, old, built.tree):
            assert change in meant or _is_half(change, meant), (change, old, new, patch)
        self.counts["cut: kept some"] += 1

    def told(self) -> str:
        return "\n".join(f"{count:7} {name}" for name, count in sorted(self.counts.items()))


def unframed(patch: bytes) -> bytes:
    """A patch without what stands around it, which strict reading looks past too."""
    return diff_body(Reply.of(patch, False, (), DEFAULT_LIMITS)).patch()


def _is_half(change: TreeChange, meant: Iterable[TreeChange]) -> bool:
    """Whether it is the first part of a change that a diff tells in two: a link that becomes a file."""
    whole = next((other for other in meant if other.path == change.path), None)
    return whole is not None and change.status == "D" and whole.status == "T"


def changes(root: Path, branch: str) -> list[tuple[str, str]]:
    """Every commit that changes anything, with the one before it, the oldest first."""
    log = (
        git(root, "log", "--first-parent", "--reverse", "--format=%H %T", branch).stdout.decode().split("\n")
    )
    commits = [tuple(line.split()) for line in log if line]
    return [(old, new) for (old, old_tree), (new, new_tree) in pairwise(commits) if old_tree != new_tree]
