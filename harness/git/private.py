"""The private repository of an attempt: it borrows the user's objects and can reach nothing else of theirs.

Agents, tests and candidates live in it and in its worktrees. It is also the quarantine: what is not
sealed goes away with its folder.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pygit2

from harness.errors import UnusableError
from harness.git.command import Git, split_z
from harness.git.repository import Identity, Repository
from harness.git.tree import tree_changes

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
# Checked-out bytes must be the blobs' bytes, or an untouched worktree would look changed.
_ATTRIBUTES = "* -text -ident -filter -working-tree-encoding -eol\n"


class PrivateRepository:
    """A bare repository in `folder` whose objects are the user's plus its own."""

    def __init__(self, folder: Path, user: Repository) -> None:
        self.folder = folder
        self.git_dir = folder / "repo.git"
        self._user = user
        self._excludes = _excludes(user)
        self._create()
        self.git = Git(self.git_dir)
        self.objects = pygit2.Repository(str(self.git_dir))

    def _create(self) -> None:
        for name in ("objects/info", "objects/pack", "refs/heads", "info"):
            (self.git_dir / name).mkdir(parents=True)
        alternate = os.fsdecode(self._user.common_dir / "objects")
        if alternate.startswith(('"', "#")) or "\n" in alternate:
            alternate = json.dumps(alternate)
        (self.git_dir / "objects/info/alternates").write_bytes(os.fsencode(alternate) + b"\n")
        self._write_settings()

    def _write_settings(self) -> None:
        # Also done again before a snapshot: the agent could write these files.
        (self.git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        (self.git_dir / "config").write_text(_CONFIG)
        (self.git_dir / "info/attributes").write_text(_ATTRIBUTES)
        (self.git_dir / "info/exclude").write_bytes(self._excludes)

    def commit(
        self,
        tree: str,
        parents: Iterable[str],
        message: str,
        identity: Identity,
        time: int | None = None,
    ) -> str:
        """Write a commit object; no ref moves. `time` is in seconds since the epoch, default now."""
        who = (
            pygit2.Signature(identity.name, identity.email, time, 0, "utf-8")
            if time is not None
            else pygit2.Signature(identity.name, identity.email)
        )
        parent_ids = [pygit2.Oid(hex=parent) for parent in parents]
        return str(self.objects.create_commit(None, who, who, message, pygit2.Oid(hex=tree), parent_ids))

    def blob(self, content: bytes) -> str:
        return str(self.objects.create_blob(content))

    def add_worktree(self, name: str, commit: str, owner: str) -> Path:
        """A detached, locked worktree of `commit` below the attempt's folder.

        Its last path component is the user's checkout's, as some tests depend on it.
        """
        path = self.folder / name / self._user.root.name
        path.parent.mkdir(parents=True)
        self.git(
            "worktree",
            "add",
            "--quiet",
            "--detach",
            "--lock",
            "--reason",
            owner,
            "--",
            str(path),
            commit,
        )
        return path

    def snapshot(self, worktree: Path, start_index: Path) -> str:
        """The tree of what stands in `worktree`: untracked files included, ignored ones not.

        `start_index` is the copy of its index made before the agent ran (`copy_index`). UnusableError
        `nested-repository` where the agent left a repository inside.
        """
        self._write_settings()
        git = Git(self.git_dir, worktree)
        index = self.folder / f"snapshot-{os.urandom(4).hex()}.index"
        shutil.copy2(start_index, index)
        environment = {"GIT_INDEX_FILE": str(index)}
        untracked = split_z(
            git("ls-files", "-z", "--others", "--exclude-standard", environment=environment).stdout
        )
        special = _special_files(git, worktree)
        if special:
            raise UnusableError(
                "special-file",
                f"the agent left something that is no file inside the worktree: {special[0]}",
                "pipes, sockets and devices can't be recorded; remove it or have git ignore it",
            )
        nested = [path for path in untracked if path.endswith("/")]
        if nested:
            raise UnusableError(
                "nested-repository",
                f"the agent left a git repository inside the worktree: {nested[0]}",
                "its files can't be recorded; the agent must not run `git init` or `git clone` there",
            )
        git("add", "--all", "--", ".", environment=environment)
        return git("write-tree", environment=environment).text

    def transplant(self, old: str, new: str, onto: str) -> str:
        """The tree `onto` with what changed from the tree `old` to the tree `new`, path by path."""
        index = self.folder / f"transplant-{os.urandom(4).hex()}.index"
        environment = {"GIT_INDEX_FILE": str(index)}
        self.git("read-tree", onto, environment=environment)
        lines = [
            f"{c.new_mode if c.new_oid else '0'} {c.new_oid or '0' * 40}\t{c.path}\0"
            for c in tree_changes(self.git, old, new)
        ]
        records = "".join(lines).encode("utf-8", "surrogateescape")
        self.git("update-index", "-z", "--index-info", stdin=records, environment=environment)
        return self.git("write-tree", environment=environment).text

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

    def copy_index(self, worktree: Path) -> Path:
        """A copy of the index of a worktree just made, with the file times git needs to be quick."""
        pointer = (worktree / ".git").read_text().removeprefix("gitdir: ").strip()
        copy = self.folder / f"start-{os.urandom(4).hex()}.index"
        shutil.copy2(Path(pointer) / "index", copy)
        return copy


def _special_files(git: Git, worktree: Path) -> list[str]:
    """Pipes, sockets and devices that git would pass over in silence, ignored ones left out."""
    found, folders = [], [worktree]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        folders.append(Path(entry.path))
                elif not entry.is_file(follow_symlinks=False) and not entry.is_symlink():
                    found.append(os.path.relpath(entry.path, worktree))
    if not found:
        return []
    asked = b"".join(os.fsencode(path) + b"\0" for path in found)
    ignored = set(split_z(git.run("check-ignore", "-z", "--stdin", stdin=asked).stdout))
    return sorted(set(found) - ignored)


def _excludes(user: Repository) -> bytes:
    """The user's own ignore rules beside the tree's: `info/exclude` and their global file."""
    named = user.ask("config", "--type=path", "--get", "core.excludesFile").stdout.removesuffix(b"\n")
    default = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "git/ignore"
    paths = [user.common_dir / "info/exclude", Path(os.fsdecode(named)) if named else default]
    return b"\n".join(path.read_bytes() for path in paths if path.is_file()) + b"\n"
