"""The private repository of an attempt: it borrows the user's objects and can reach nothing else of theirs.

Agents, tests and candidates live in it and in its worktrees. It is also the quarantine: what is not
sealed goes away with its folder.
"""

from __future__ import annotations

import errno
import functools
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pygit2

from harness.errors import UnusableError
from harness.git.command import Git, Output, split_z
from harness.git.inner_repositories import SubmoduleFile, everything_but, inner_repositories, submodule_files
from harness.git.left_bytes import require_at_most, require_few
from harness.git.object_store import open_objects
from harness.git.repository import Identity, Repository
from harness.git.special_files import special_files
from harness.git.tree import Tree, tree_changes
from harness.slow_step import told_when_slow
from harness.state import plain_name

_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = true
\tlogAllRefUpdates = false
\thooksPath = /dev/null
\tautocrlf = false
\tfsmonitor = false
\tattributesFile = /dev/null
[commit]
\tgpgSign = false
[tag]
\tgpgSign = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""
_NOBODY = Identity("harness", "harness@localhost")  # of commits that are never kept
_LONGEST_SHOWN = 200  # characters of a path
# Checked-out bytes must be the blobs' bytes, or an untouched worktree would look changed.
_ATTRIBUTES = "* -text -ident -filter -working-tree-encoding -eol\n"


@dataclass(frozen=True, slots=True)
class Worktree:
    """A throwaway worktree, and a copy of its index from before anybody worked in it."""

    path: Path
    index: Path


@dataclass(frozen=True, slots=True)
class Growth:
    """How many bytes, and new files, what stands in a worktree may have at most beyond the tree `since`."""

    since: str
    most: int
    files: int


class PrivateRepository:
    """A bare repository in `folder` whose objects are its own and, beside them, the user's.

    `lender` is another private repository whose objects it has, too; `tell` is told what takes long.
    """

    def __init__(
        self,
        folder: Path,
        user: Repository,
        lender: PrivateRepository | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.folder = folder
        self._tell = tell
        self.git_dir = folder / "repo.git"
        self._user = user
        self._create([user.common_dir, *([lender.git_dir] if lender else [])])
        self.git = Git(self.git_dir)

    @functools.cached_property
    def objects(self) -> pygit2.Repository:
        """The object store, for reading and writing."""
        return open_objects(self.git_dir)

    def _create(self, lenders: Iterable[Path]) -> None:
        for name in ("objects/info", "objects/pack", "refs/heads", "info"):
            (self.git_dir / name).mkdir(parents=True)
        alternates = b"".join(os.fsencode(lender / "objects") + b"\n" for lender in lenders)
        (self.git_dir / "objects/info/alternates").write_bytes(alternates)
        (self.git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        (self.git_dir / "config").write_text(_CONFIG)
        (self.git_dir / "info/attributes").write_text(_ATTRIBUTES)
        (self.git_dir / "info/exclude").write_bytes(_excludes(self._user))
        shallow = self._user.common_dir / "shallow"
        if shallow.is_file():
            shutil.copyfile(shallow, self.git_dir / "shallow")

    def commit(
        self,
        tree: str,
        parents: Iterable[str],
        message: str,
        identity: Identity,
        time: int | None = None,
    ) -> str:
        """Write a commit object; no ref moves. `time` is in seconds since the epoch, default now."""
        name, email = (_utf8(part) for part in (identity.name, identity.email))
        who = (
            pygit2.Signature(name, email, time, 0, "utf-8")
            if time is not None
            else pygit2.Signature(name, email)
        )
        parent_ids = [pygit2.Oid(hex=parent) for parent in parents]
        return str(self.objects.create_commit(None, who, who, message, pygit2.Oid(hex=tree), parent_ids))

    def blob(self, content: bytes) -> str:
        return str(self.objects.create_blob(content))

    def add_worktree(self, name: str, commit: str, owner: str) -> Worktree:
        """A detached, locked worktree of `commit` below the attempt's folder.

        It belongs to a repository of its own, so that nobody who works in it reaches this one through
        git. Its last path component is the user's checkout's, as some tests depend on it.
        """
        home = PrivateRepository(self.folder / name, self._user, lender=self)
        path = home.folder / plain_name(self._user.root.name)
        options = ("--quiet", "--detach", "--lock", "--reason", owner)
        with told_when_slow(self._tell, f"still checking out files into a worktree ({name})"):
            home.git("worktree", "add", *options, "--", str(path), commit)
        pointer = os.fsdecode((path / ".git").read_bytes().removeprefix(b"gitdir: ").strip())
        index = self.folder / f"{name}.index"
        shutil.copy2(Path(pointer) / "index", index)
        return Worktree(path, index)

    def submodule_files(self, worktree: Worktree) -> frozenset[SubmoduleFile]:
        """The files in the folders of a worktree's submodules."""
        git = Git(self.git_dir, worktree.path)
        return submodule_files(git, worktree.path, {"GIT_INDEX_FILE": str(worktree.index)})

    def snapshot(self, worktree: Worktree, growth: Growth | None = None) -> str:
        """The tree of what stands in a worktree: untracked files included, ignored ones not.

        UnusableError says what no tree can hold: `nested-repository`, `special-file`, `unreadable-file`,
        `worktree-gone`, `path-too-long`, and `too-many-files` and `too-much-added` for more than `growth`
        allows.
        """
        if not worktree.path.is_dir() or worktree.path.is_symlink():
            raise UnusableError("worktree-gone", "the agent removed its worktree", "work inside it")
        try:
            return self._snapshot(worktree, growth)
        except OSError as error:
            raise _unrecordable(error, worktree.path) from None

    def _snapshot(self, worktree: Worktree, growth: Growth | None) -> str:
        git = Git(self.git_dir, worktree.path)
        index = self.folder / f"snapshot-{os.urandom(4).hex()}.index"
        shutil.copy2(worktree.index, index)
        environment = {"GIT_INDEX_FILE": str(index)}
        special = special_files(git, worktree.path)
        if special:
            raise UnusableError(
                "special-file",
                f"the agent left something that is no file inside the worktree: {special[0]}",
                "pipes, sockets and devices can't be recorded; remove it or have git ignore it",
            )
        asked = ("--others", "--exclude-standard", *(("--modified",) if growth else ()))
        listed = split_z(git("ls-files", "-z", *asked, environment=environment).stdout)
        nested = [path for path in listed if path.endswith("/")]
        if nested:
            raise UnusableError(
                "nested-repository",
                f"the agent left a git repository inside the worktree: {nested[0]}",
                "its files can't be recorded; the agent must not run `git init` or `git clone` there",
            )
        if growth:
            require_few(growth.files, git, listed, growth.since)
            require_at_most(growth.most, git, worktree.path, listed, growth.since)
        added = _add(git, worktree.path, environment)
        if added.status != 0:
            words = added.stderr.strip().splitlines() or ["git can't add the files"]
            raise _unreadable(words[0])
        return git("write-tree", environment=environment).text

    def transplant(self, old: str, new: str, onto: str, leaving: Collection[str] = ()) -> str:
        """The tree `onto` with what changed from the tree `old` to the tree `new`, but for `leaving`."""
        index = self.folder / f"transplant-{os.urandom(4).hex()}.index"
        environment = {"GIT_INDEX_FILE": str(index)}
        self.git("read-tree", onto, environment=environment)
        lines = [
            f"{c.new_mode if c.new_oid else '0'} {c.new_oid or '0' * 40}\t{c.path}\0"
            for c in tree_changes(self.git, old, new)
            if c.path not in leaving
        ]
        records = "".join(lines).encode("utf-8", "surrogateescape")
        self.git("update-index", "-z", "--index-info", stdin=records, environment=environment)
        return self.git("write-tree", environment=environment).text

    def as_after(self, since: str, commit: str) -> str:
        """A commit with the tree of `commit` that comes right after `since`, whatever it really came after.

        Merging it with what was made on `since` takes over that work alone, and nothing it was made on.
        """
        return self.commit(Tree(self.objects, commit).oid, [since], "", _NOBODY)

    def merged_tree(self, commit: str, other: str) -> str | None:
        """The tree that merging two commits gives, None where they conflict or have nothing in common."""
        merged = self.git.run("merge-tree", "--write-tree", "-z", "--no-messages", commit, other)
        return merged.stdout.split(b"\0")[0].decode("ascii") if merged.status == 0 else None

    def conflicting_paths(self, commit: str, other: str) -> list[str]:
        """The paths two commits can't be merged at."""
        options = ("--write-tree", "-z", "--name-only", "--no-messages")
        output = self.git.run("merge-tree", *options, commit, other).stdout
        return sorted(set(split_z(output)[1:]))

    def diff(self, old: str, new: str) -> bytes:
        """The difference of two trees as a patch git can apply, binary files included."""
        return self.git(
            "diff-tree",
            "-r",
            "-p",
            "--binary",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            old,
            new,
        ).stdout


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _unrecordable(error: OSError, worktree: Path) -> Exception:
    """What to say of an agent's files in place of `error`; itself where it is none of theirs."""
    if error.errno == errno.ENAMETOOLONG:
        return UnusableError(
            "path-too-long",
            f"the agent left folders so deep that their path is too long: {_start_of(error, worktree)}",
            "remove them, and keep folders and names short",
        )
    return _unreadable(_start_of(error, worktree)) if isinstance(error, PermissionError) else error


def _start_of(error: OSError, worktree: Path) -> str:
    path = os.path.relpath(error.filename, worktree)
    return path if len(path) <= _LONGEST_SHOWN else f"{path[:_LONGEST_SHOWN]}…"


def _unreadable(what: str) -> UnusableError:
    return UnusableError(
        "unreadable-file", f"the agent left what can't be read: {what}", "leave files and folders readable"
    )


def _add(git: Git, worktree: Path, environment: Mapping[str, str]) -> Output:
    """Record everything that stands in a worktree; of a submodule that is checked out only its HEAD."""
    # `git add` would look into it with a `git status` that obeys the configuration found there.
    inner = inner_repositories(git, worktree, environment)
    added = git.run(
        *("add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul"),
        stdin=everything_but(inner),
        environment={**environment, "GIT_LITERAL_PATHSPECS": "0"},
    )
    if added.status != 0 or not inner:
        return added
    paths = b"".join(os.fsencode(path) + b"\0" for path in inner)
    return git.run("update-index", "-z", "--stdin", stdin=paths, environment=environment)


def _excludes(user: Repository) -> bytes:
    """The user's own ignore rules beside the tree's: `info/exclude` and their global file."""
    named = user.ask("config", "--type=path", "--get", "core.excludesFile").stdout.removesuffix(b"\n")
    default = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "git/ignore"
    paths = [user.common_dir / "info/exclude", Path(os.fsdecode(named)) if named else default]
    return b"\n".join(path.read_bytes() for path in paths if path.is_file()) + b"\n"
