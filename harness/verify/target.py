"""What is to be verified: runs, one commit, or the harness's commits of a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import UsageError
from harness.git.commit_walk import cut_commits
from harness.git.ledger import ledger_runs
from harness.git.refs import read_ref
from harness.git.remotes import remote_names
from harness.git.repository import branch_of
from harness.verify.commits import CommitFacts
from harness.verify.scene import Scene

_REFSPECS = ("refs/harness/*:refs/harness/*", "refs/notes/harness/*:refs/notes/harness/*")
_SYNC = f"fetch others: harness sync, or git fetch origin {' '.join(map(repr, _REFSPECS))}"


@dataclass(frozen=True, slots=True)
class Target:
    """The runs to verify whole; or `commits`, those of a range that are the harness's, with their `tip`."""

    name: str
    runs: tuple[str, ...]
    commits: Mapping[str, CommitFacts] | None = None
    tip: str = ""


def choose_target(scene: Scene, named: str | None) -> Target:
    """What a person named; every run there is, if nothing. UsageError `no-ledger`, `unknown-revision`."""
    runs = ledger_runs(scene.user)
    if named is None:
        if not runs:
            raise _no_ledger(scene, "there is no ledger of any run here")
        return Target("all runs", tuple(runs))
    if named in runs:
        return Target(named, (named,))
    if ".." in named:
        return _range(scene, named)
    if read_ref(scene.user.git, branch_of(named)) or not _is_commit(scene, named):
        raise _no_ledger(scene, f"there is no ledger of a run {named!r} here, and no such commit")
    return _one_commit(scene, named)


def _range(scene: Scene, named: str) -> Target:
    first, _, last = named.partition("..")
    if last.startswith("."):
        raise UsageError("wrong-usage", f"{named!r} is no range", "write A..B")
    base, tip = scene.user.resolve(first or "HEAD"), scene.user.resolve(last or "HEAD")
    commits = scene.between(tip, [base])
    if not cut_commits(scene.user).isdisjoint(commits):
        raise UsageError(
            "missing-objects",
            f"the history of {named} isn't all here: this is a shallow clone",
            "fetch all of it: git fetch --unshallow, fetch-depth: 0 in a workflow",
        )
    return _of_commits(scene, named, commits, tip)


def _one_commit(scene: Scene, named: str) -> Target:
    oid = scene.user.resolve(named)
    facts = scene.commit(oid)
    return _of_commits(scene, named, {oid: facts} if facts else {}, oid)


def _of_commits(scene: Scene, named: str, commits: Mapping[str, CommitFacts], tip: str) -> Target:
    ours = {oid: commit for oid, commit in commits.items() if commit.run}
    runs = tuple(sorted({commit.run for commit in ours.values()}))
    there = ledger_runs(scene.user)
    for run in runs:
        if run not in there:
            raise _no_ledger(scene, f"{named} has commits of the run {run!r}, whose ledger isn't here")
    return Target(named, runs, ours, tip)


def _is_commit(scene: Scene, named: str) -> bool:
    try:
        return bool(scene.user.resolve(named))
    except UsageError:
        return False


def _no_ledger(scene: Scene, message: str) -> UsageError:
    others = _SYNC if remote_names(scene.user) else "there is no remote to fetch others from"
    known = ", ".join(ledger_runs(scene.user)) or "none yet"
    return UsageError("no-ledger", message, f"runs recorded here: {known}; {others}")
