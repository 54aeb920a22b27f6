"""What of a repository git itself can't read: asked once something failed, to say which file is to blame."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.errors import UsageError
from harness.git.broken_refs import broken_ref, obstructed_ref
from harness.git.command import Output
from harness.git.refs import NAMESPACES
from harness.git.repository import Repository

_CONFIG = re.compile(r"bad (?:\S+ )?config\b")
_HEAD = re.compile(rb"ref:\s*refs/\S|[0-9a-f]{40}\b")
_LENDER = re.compile(r"(?:object directory .+ does not exist|unable to normalize alternate object path).*")
_LOCK = re.compile(r"Unable to create '(.+\.lock)': File exists")
_ANSWERED = (0, 1)  # exit status of a question that git could answer, 1 for "no"


class _Part(NamedTuple):
    """A file of git's folder, the question that makes git read it, and a remedy that loses nothing.

    `named` is what git's complaint has in it where other files could be to blame, too.
    """

    file: str
    question: tuple[str, ...]
    named: str
    remedy: str


_BRANCH = _Part(
    "HEAD",
    ("symbolic-ref", "--quiet", "HEAD"),
    "",
    "the branch it names holds no commit id: write the one into the branch's file that the last line of its "
    "log has, logs/refs/heads/BRANCH beside {file}",
)
_REFS = _Part(
    "packed-refs",
    ("for-each-ref", "--count=1"),
    "packed-refs",
    "keep a copy of {file}, then take out the line git names; each is an object id and a ref",
)
_SHALLOW = _Part(
    "shallow",
    ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"),
    "shallow",
    "keep a copy of {file}, then take out the line git names; each is one commit id. Without the file, "
    "`git fetch --refetch` brings the whole history back",
)
_INDEX = _Part(
    "index",
    ("ls-files", "--", ".git"),
    "",
    "mv {file} {file}.damaged && git reset: the index is made anew from HEAD and no file is touched; "
    "what was staged and stands in no file any more is found by `git fsck --lost-found`",
)
_ADVICE_ON_CONFIG = "correct that line in an editor; git reads nothing here before"
_ADVICE_ON_HEAD = (
    "keep a copy of {file}, then write the branch you were on into it, as in `ref: refs/heads/main`; "
    "the last lines of logs/HEAD beside it say what was checked out"
)
_ADVICE_ON_LENDER = (
    "bring that folder back, or name its new place in {file}; objects it alone had come back from a remote "
    "with `git fetch --refetch`"
)


def damage(start: Path, *, index: bool = True) -> UsageError | None:
    """UsageError `damaged-repository` for what git can't read of the repository around `start`, or None.

    Nothing is changed. Without `index` that of the checkout isn't looked at: few commands need it.
    """
    asking = Repository(start, start, start)
    opened = asking.ask("rev-parse", "--path-format=absolute", "--git-common-dir")
    if opened.status not in _ANSWERED:
        return _unopened(start, opened)
    common = Path(os.fsdecode(opened.stdout.removesuffix(b"\n")))
    obstructed = next((found for prefix in NAMESPACES if (found := obstructed_ref(common, prefix))), None)
    if obstructed:
        return obstructed
    for part in (_REFS, _SHALLOW, _BRANCH, *([_INDEX] if index else [])):
        answer = asking.ask(*part.question)
        if answer.status not in _ANSWERED and part.named in answer.stderr:
            return _damaged(_place(asking, part.file), _words(answer), part.remedy)
    return _without_lender(asking) or _broken_ref_of_ours(asking, common)


def _unopened(start: Path, opened: Output) -> UsageError | None:
    """For what git doesn't take for a repository: settings it can't parse, or a HEAD that is none."""
    if _CONFIG.search(opened.stderr):
        words = _words(opened)
        return _damaged(words.rpartition(" in file ")[2] or "a configuration file", words, _ADVICE_ON_CONFIG)
    for head in _heads(start):
        if not _HEAD.match(head.read_bytes()[:1024]):
            return _damaged(str(head), "it names neither a branch nor a commit", _ADVICE_ON_HEAD)
    return None


def _heads(start: Path) -> Iterator[Path]:
    for folder in (start, *start.parents):
        for place in (folder / ".git", folder):
            parts = (place / "HEAD").is_file(), (place / "objects").is_dir(), (place / "refs").is_dir()
            if all(parts):
                yield place / "HEAD"


def _without_lender(asking: Repository) -> UsageError | None:
    """For objects that are missing along with the repository that lent them."""
    file = _place(asking, "objects/info/alternates")
    if not Path(file).is_file():
        return None
    answer = asking.ask("rev-list", "--quiet", "-1", "--all")
    found = _LENDER.search(answer.stderr)
    return _damaged(file, found[0], _ADVICE_ON_LENDER) if answer.status not in _ANSWERED and found else None


def _broken_ref_of_ours(asking: Repository, common: Path) -> UsageError | None:
    # git passes over such refs; all it does is warn.
    if not asking.ask("for-each-ref", "--format=", "--", *NAMESPACES).stderr:
        return None
    return next((found for prefix in NAMESPACES if (found := broken_ref(common, prefix))), None)


def _place(asking: Repository, file: str) -> str:
    return asking.ask("rev-parse", "--path-format=absolute", "--git-path", file).text


def _common_dir(asking: Repository) -> str:
    return asking.ask("rev-parse", "--path-format=absolute", "--git-common-dir").text


def _words(answer: Output) -> str:
    lines = (line.removeprefix("fatal: ").removeprefix("error: ") for line in answer.stderr.splitlines())
    return "; ".join(line for line in lines if line)


def _damaged(file: str, words: str, remedy: str) -> UsageError:
    return UsageError(
        "damaged-repository", f"git can't read {file}: {words}", remedy.format(file=shlex.quote(file))
    )


def lock_in_the_way(message: str, start: Path) -> UsageError | None:
    """UsageError `repository-locked` for a lock in the repository around `start` that stopped git."""
    found = _LOCK.search(message)
    if found is None:
        return None
    lock = Path(found[1])
    common = _common_dir(Repository(start, start, start))
    if not common or not lock.is_relative_to(common):
        return None
    return UsageError(
        "repository-locked",
        f"git can't change the repository: {lock} is there",
        "wait for the git command that holds it; if none is at work, a killed one left it: "
        f"rm {shlex.quote(str(lock))}",
    )
