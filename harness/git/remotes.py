"""Talking to a remote: the one place where git uses the user's configuration, credentials and network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import git.cmd

from harness.errors import BlockedError, UsageError
from harness.git.command import Output, execute
from harness.git.refs import list_refs, require_ref_files
from harness.git.repository import Repository

TRACKING = "refs/harness/remotes/"
# Everything of the harness that has a place on a remote. A star may stand for nothing.
SHARED = (
    "refs/heads/harness/*",
    "refs/harness/runs/*",
    "refs/harness/fixes*",
    "refs/harness/approvals/*",
    "refs/harness/diagnoses/*",
    "refs/harness/claims/*",
    "refs/notes/harness/*",
)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push came to: for each ref that was refused, why, and whether that was the remote's answer."""

    refused: Mapping[str, str]
    answered: bool = True


def remote_names(user: Repository) -> list[str]:
    """The remotes that are configured."""
    return user.ask("remote").stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]


def choose_remote(user: Repository, named: str | None) -> str:
    """The remote as named, else origin, else the only one; UsageError `no-remote`, `unknown-remote`."""
    known = remote_names(user)
    if named is not None:
        if named not in known:
            raise UsageError(
                "unknown-remote",
                f"there is no remote {named!r}",
                f"known here: {', '.join(known) or 'none'}; add one with `git remote add NAME URL`",
            )
        return named
    if "origin" in known:
        return "origin"
    if len(known) == 1:
        return known[0]
    if known:
        raise UsageError("no-remote", "name the remote", f"known here: {', '.join(known)}")
    raise UsageError("no-remote", "this repository has no remote", "add one: git remote add origin URL")


def tracking_ref(remote: str, ref: str) -> str:
    """Where what `remote` had at `ref` is kept here."""
    return f"{TRACKING}{remote}/{ref.removeprefix('refs/')}"


def fetch_shared(user: Repository, remote: str) -> dict[str, str]:
    """Fetch everything shared into tracking refs; returns what the remote has, by its own ref names.

    BlockedError `remote-unreachable` with git's words.
    """
    refspecs = [f"+{ref}:{tracking_ref(remote, ref)}" for ref in SHARED]
    fetched = _talk(
        user,
        "fetch", "--quiet", "--no-tags", "--prune", "--no-write-fetch-head", "--no-auto-maintenance",
        # A partial clone leaves out what is large; of what the harness reads nothing may be missing.
        "--no-recurse-submodules", "--no-filter", "--refmap=", remote, *refspecs,
    )  # fmt: skip
    if fetched.status != 0:
        raise BlockedError(
            "remote-unreachable",
            f"can't fetch from {remote}: {_last_word(fetched)}",
            f"see that `git fetch {remote}` works; nothing was changed here or there",
        )
    prefix = f"{TRACKING}{remote}/"
    found = {f"refs/{ref.removeprefix(prefix)}": oid for ref, oid in list_refs(user.git, prefix).items()}
    # A remote can have a name that begins with this one's and a slash.
    shared = tuple(ref.removesuffix("*") for ref in SHARED)
    return {ref: oid for ref, oid in found.items() if ref.startswith(shared)}


def push_refs(user: Repository, remote: str, tips: Mapping[str, str], atomic: bool) -> Pushed:
    """Push objects to refs of the remote, each a fast-forward of what it has there, nothing forced.

    The server moves a ref only from where it was when the push began, so nobody's push is overwritten.
    """
    options = ["--atomic"] if atomic else []
    return push(user, remote, options, [f"{oid}:{ref}" for ref, oid in tips.items()])


def push(user: Repository, remote: str, options: Sequence[str], refspecs: Sequence[str]) -> Pushed:
    """Push these refspecs and no others, with no hook of this side and no option of its configuration."""
    # Hooks that guard a person's pushes don't speak for these refs: what is in them was judged when sealed.
    done = _talk(
        user,
        "-c", f"remote.{remote}.mirror=false", "-c", "push.pushOption=",
        "push", "--porcelain", "--no-verify", "--no-recurse-submodules", "--no-signed", "--no-follow-tags",
        *options, remote, *refspecs,
    )  # fmt: skip
    if done.status == 0:
        return Pushed({})
    refused = dict(_refusals(done.stdout.decode("utf-8", "replace").split("\n")))
    refs = [refspec.partition(":")[2] for refspec in refspecs]
    return Pushed(refused or dict.fromkeys(refs, _last_word(done)), answered=bool(refused))


def _refusals(lines: Sequence[str]) -> list[tuple[str, str]]:
    """(ref, reason) of the lines `!<tab>from:to<tab>[rejected] (reason)` of a porcelain push."""
    rows = [line.split("\t") for line in lines if line.startswith("!\t")]
    return [(row[1].partition(":")[2], row[2]) for row in rows if len(row) > 2]


def _talk(user: Repository, *arguments: str) -> Output:
    require_ref_files(user.git)
    return execute(
        git.cmd.Git(str(user.root)),
        ["git", "-c", "core.hooksPath=/dev/null", *arguments],
        environment={"LC_ALL": "C.UTF-8"},
        at_terminal=True,
    )


def _last_word(output: Output) -> str:
    """git's own reason in one line, without what a URL may carry of credentials."""
    words = [
        w for w in output.stderr.strip().splitlines() if w.startswith(("fatal: ", "error: ", "remote: "))
    ]
    reason = next((w for w in words if w.startswith("fatal: ")), words[-1] if words else "no message")
    return _without_credentials(reason.partition(": ")[2] or reason)


def _without_credentials(text: str) -> str:
    return re.sub(r"(\w+://)[^/@\s]*@", r"\1", text)
