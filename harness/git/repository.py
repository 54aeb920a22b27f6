"""The user's repository: found with git's own rules, then only read, but for refs of our own."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import git.cmd
import pygit2

from harness.errors import UsageError
from harness.git.command import Git, Output, execute, git_failed, split_z
from harness.git.object_store import open_objects

MINIMUM_GIT = (2, 39)


def short_branch(run: str) -> str:
    """The branch of a run's accepted work, as people write it."""
    return f"harness/{run}"


def branch_of(run: str) -> str:
    """The ref of a run's accepted work."""
    return f"refs/heads/{short_branch(run)}"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who commits."""

    name: str
    email: str


class Repository:
    """A repository with a checkout. `root` is the checkout's top, `common_dir` what its worktrees share."""

    def __init__(self, root: Path, git_dir: Path, common_dir: Path) -> None:
        self.root = root
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.git = Git(common_dir)

    @functools.cached_property
    def objects(self) -> pygit2.Repository:
        """The object store, for reading."""
        return open_objects(self.common_dir)

    @functools.cached_property
    def identity(self) -> Identity:
        """The user's identity, or the harness's own where none is configured."""
        output = self.ask("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
        found = re.match(r"(.*) <(.*)> \d+ [+-]\d{4}$", output.text) if output.status == 0 else None
        if not found:
            return Identity("harness", "harness@localhost")
        # Records are JSON, which others can't read with the bytes of another encoding in it.
        name, email = (part.encode("utf-8", "replace").decode("utf-8") for part in found.groups())
        return Identity(name, email)

    def ask(self, *arguments: str) -> Output:
        """Run a git command that only reads, with the user's own configuration, in their checkout."""
        return _ask(self.root, *arguments)

    def resolve(self, revision: str) -> str:
        """The commit a revision names; UsageError `unknown-revision` where there is none."""
        output = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if output.status != 0:
            raise UsageError(
                "unknown-revision",
                f"{revision!r} names no commit here",
                "see `git log --all --oneline`",
            )
        return output.text

    def head(self) -> str:
        """The commit that HEAD of this checkout names; UsageError `unborn-head` before the first one."""
        output = _ask(self.root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if output.status != 0:
            named = _ask(self.root, "rev-parse", "--verify", "--quiet", "HEAD")
            if named.status == 0:
                raise missing_objects(f"the commit {named.text[:12]} that HEAD names")
            raise UsageError(
                "unborn-head",
                "the branch that is checked out has no commit yet, so there is nothing to build on",
                "commit something first: git add -A && git commit; or switch to a branch that has commits",
            )
        return output.text

    def require_objects(self, commit: str) -> None:
        """UsageError `missing-objects` where a partial clone lacks something of a commit's tree."""
        if not is_partial_clone(self.root):
            return
        listed = self.git("rev-list", "--objects", "--missing=print", "--no-object-names", "-1", commit)
        missing = listed.stdout.count(b"?")
        if missing:
            raise missing_objects(f"{missing} of what {commit[:12]} consists of")

    def checked_out(self, ref: str) -> Path | None:
        """The worktree that has `ref` checked out, None if none has."""
        worktree: Path | None = None
        for field in split_z(self.ask("worktree", "list", "--porcelain", "-z").stdout):
            if field.startswith("worktree "):
                worktree = Path(field.removeprefix("worktree "))
            elif field == f"branch {ref}":
                return worktree
        return None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether the commit `new` contains the commit `old`."""
        return self.git.run("merge-base", "--is-ancestor", old, new).status == 0

    def is_committed(self, path: str) -> bool:
        """Whether HEAD of this checkout has something at `path`."""
        return self.ask("cat-file", "-e", f"HEAD:{path}").status == 0

    def ignored_files(self) -> list[str]:
        """The checkout's files that git ignores, relative to its root."""
        return split_z(self.ask("ls-files", "-z", "--others", "--ignored", "--exclude-standard").stdout)

    def diff(self, old: str, new: str, options: Sequence[str], without: str | None = None) -> bytes:
        """What `git diff` shows between two commits, for people, but for the path `without`."""
        command = ("diff", "--no-ext-diff", "--no-textconv", *options, old, new, "--")
        paths = (".", f":(top,exclude,literal){without}") if without else ()
        return self.git(*command, *paths, environment={"GIT_LITERAL_PATHSPECS": "0"}).stdout

    def trailer(self, commit: str, key: str) -> str:
        """The value of a commit's trailer, "" without one."""
        return self.git("log", "-1", f"--format=%(trailers:key={key},valueonly)", commit).text

    def first_parents_with_trailer(
        self, tip: str, key: str, since: str | None = None
    ) -> Iterator[tuple[str, str]]:
        """(commit, value of its trailer) along first parents, those `since` has left out, newest first."""
        shape = f"--format=%H%x00%(trailers:key={key},valueonly,separator=%x20)%x00"
        log = self.git("log", "--first-parent", shape, tip, *([f"^{since}"] if since else []))
        fields = split_z(log.stdout.replace(b"\0\n", b"\0"))
        yield from zip(fields[0::2], fields[1::2], strict=True)

    def parent(self, commit: str) -> str | None:
        """The first parent of a commit."""
        output = self.git.run("rev-parse", "--verify", "--quiet", f"{commit}^")
        return output.text if output.status == 0 else None

    def uncommitted(self) -> int:
        """How many paths of the checkout differ from HEAD, untracked ones included."""
        question = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal")
        output = self.ask(*question)
        if output.status != 0:
            raise git_failed(self.git_dir, question, output)
        return len(split_z(output.stdout))


def discover(start: Path) -> Repository:
    """The repository around `start`; UsageError says what it lacks and what to do.

    Codes: `no-repository`, `bare-repository`, `unsupported-repository`, `old-git`.
    """
    _require_git()
    found = _ask(start, "rev-parse", "--is-bare-repository", "--is-inside-work-tree")
    if found.status != 0:
        _require_readable(found.stderr)
        words = found.stderr.strip().splitlines() or ["not a git repository"]
        raise UsageError(
            "no-repository",
            words[0].removeprefix("fatal: "),
            " ".join(word.strip() for word in words[1:])
            or "run it inside a repository, or make one with `git init` and a first commit",
        )
    if found.text.split() != ["false", "true"]:
        raise UsageError(
            "bare-repository",
            f"{start} has no checkout",
            "run it in a clone that has a working tree",
        )
    paths = [
        _ask(start, "rev-parse", "--path-format=absolute", name).stdout.removesuffix(b"\n")
        for name in ("--show-toplevel", "--absolute-git-dir", "--git-common-dir")
    ]
    repository = Repository(*(Path(os.fsdecode(path)) for path in paths))
    _require_supported(repository, start)
    return repository


def is_partial_clone(folder: Path) -> bool:
    """Whether objects may be missing in the repository around a folder, to be fetched when git needs them."""
    keys = r"^(extensions\.partialclone|remote\..*\.promisor)$"
    return _ask(folder, "config", "--get-regexp", keys).status == 0


def missing_objects(what: str) -> UsageError:
    """The error for a repository that lacks objects; `what` it lacks."""
    return UsageError(
        "missing-objects",
        f"objects are missing here: {what}",
        "fetch them: git fetch --refetch --no-filter; without a remote that has them, see `git fsck`",
    )


def require_name_free(repository: Repository) -> None:
    """UsageError `branch-named-harness` where a branch `harness` makes `harness/<run>` impossible."""
    if repository.git.run("rev-parse", "--verify", "--quiet", "refs/heads/harness").status == 0:
        raise UsageError(
            "branch-named-harness",
            "a branch called 'harness' is in the way of the branches harness/<run>",
            "rename it: git branch -m harness something-else",
        )


def require_run_name_free(repository: Repository, run: str) -> None:
    """UsageError `run-differs-in-case` where another run has the same id but for upper and lower case.

    `ref-in-the-way` where a branch below the run's makes that impossible.
    """
    output = repository.git("for-each-ref", "--format=%(refname)", "--", "refs/heads/harness/")
    for ref in output.stdout.decode("utf-8", "surrogateescape").split():
        other = ref.removeprefix("refs/heads/harness/")
        if other.startswith(f"{run}/"):
            raise UsageError(
                "ref-in-the-way",
                f"the branch harness/{other} is in the way of the run's branch {short_branch(run)}",
                f"rename it: git branch -m harness/{other} something-else",
            )
        if other != run and other.casefold() == run.casefold():
            raise UsageError(
                "run-differs-in-case",
                f"there is a run {other!r} already, and some file systems can't tell it from {run!r}",
                "give the run another id in the plan",
            )


def require_not_checked_out(repository: Repository, run: str) -> None:
    """UsageError `branch-checked-out` where some worktree has the run's branch checked out."""
    where = repository.checked_out(branch_of(run))
    if where is not None:
        raise UsageError(
            "branch-checked-out",
            f"{short_branch(run)} is checked out in {where}, and moving it would change that checkout's HEAD",
            "switch to another branch there: git switch -",
        )


def _require_readable(words: str) -> None:
    """UsageError `unsupported-repository` where git says that a repository's format is too new for it."""
    if "repository extension" in words or "git repo version" in words:
        told = " ".join(words.split()).removeprefix("fatal: ")
        raise UsageError(
            "unsupported-repository", told, "upgrade git, or use a clone with git's default format"
        )


# A clone would keep the names of objects as they are.
SHA1_COPY = (
    "use a copy of its history: "
    "git init --object-format=sha1 NEW && git fast-export --all | git -C NEW fast-import"
)


def _require_supported(repository: Repository, start: Path) -> None:
    if any("\n" in str(path) for path in (repository.root, repository.common_dir)):
        raise UsageError(
            "unsupported-repository", "the repository's path has a line break in it", "move it elsewhere"
        )
    storage = _ask(start, "config", "--get", "extensions.refStorage").text
    hashing = _ask(start, "rev-parse", "--show-object-format").text
    if hashing != "sha1" or storage not in ("", "files"):
        kind = f"{storage or hashing} repositories"
        raise UsageError(
            "unsupported-repository",
            f"{kind} are not supported yet",
            SHA1_COPY if hashing != "sha1" else "use a copy of it: git clone --ref-format=files OLD NEW",
        )


def git_version() -> tuple[int, ...]:
    """The version of the git in use."""
    return tuple(git.cmd.Git().version_info)


def _require_git() -> None:
    if git_version()[:2] < MINIMUM_GIT:
        wanted = ".".join(map(str, MINIMUM_GIT))
        raise UsageError("old-git", f"git {wanted} or newer is needed", "upgrade git")


def _ask(folder: Path, *arguments: str) -> Output:
    # The user's own settings count here (safe.directory, identity, excludes), prompts and hooks don't.
    return execute(
        git.cmd.Git(str(folder)),
        ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *arguments],
        environment={"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"},
    )
