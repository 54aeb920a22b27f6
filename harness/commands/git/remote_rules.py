"""Subcommands that ask or change other repositories: what their operands make them do."""

from __future__ import annotations

import re

from harness.commands.git.call import Call, Judged
from harness.commands.model import Refusal
from harness.commands.places import refuse_write
from harness.commands.scene import unreadable
from harness.commands.shell.words import UNKNOWN, is_literal, shown


def push(call: Call) -> Judged:
    """`git push`: only a dry run leaves the remote alone."""
    parsed = call.parsed
    yield from _transport(parsed.operands[:1] + parsed.values("--repo"))
    if parsed.has("--dry-run"):
        return
    forced = parsed.has(
        "--force", "--force-with-lease", "--force-if-includes", "--mirror", "--delete", "--prune"
    )
    forced |= any(re.match(r"\+|:.", operand) for operand in call.operands[1:])
    if parsed.has("--no-verify"):
        yield Refusal("disables-guard", "`git push --no-verify` skips the hooks that guard pushes", _NO_PUSH)
    what = "overwrites or deletes what others have on the remote" if forced else "publishes to a remote"
    also = ("rewrites-history",) if forced else ()
    yield Refusal("touches-remote", f"`git push` {what}", _NO_PUSH, also=also)


_NO_PUSH = "a person pushes when the work is accepted; `git push --dry-run` shows what it would do"


def _transport(sources: list[str]) -> Judged:
    for source in sources:
        if re.match(r"\w+::", source) or source.startswith("-"):
            yield Refusal(
                "runs-code", f"{shown(source)!r} lets git run a program", "name a configured remote"
            )


def remote_name(call: Call) -> Judged:
    """The first operand is a remote: a configured one is fine, an address is a connection of its own."""
    yield from _transport(call.operands[:1])
    for source in call.operands[:1]:
        if not is_literal(source):
            yield unreadable("which remote it asks is only known to a shell")
        elif re.match(r"[a-z][\w+.-]*://|[\w.-]+@|[\w.-]+:", source) and "::" not in source:
            yield Refusal(
                "network",
                f"`git {call.name}` connects to {source!r}",
                "name a configured remote; a person brings in other repositories",
            )


def fetch(call: Call) -> Judged:
    """`git fetch`: forced refspecs overwrite, unless what they overwrite are remote-tracking branches."""
    yield from remote_name(call)
    prunes = call.parsed.has("--prune")
    if call.parsed.has("--dry-run"):
        return
    for refspec in call.operands[1:]:
        target = refspec.partition(":")[2]
        forced = (prunes or refspec.startswith("+")) and ":" in refspec
        if (forced and not re.match("refs/(remotes|harness|prefetch)/", target)) or UNKNOWN in refspec[:1]:
            yield Refusal(
                "moves-refs",
                f"`git {call.name}` overwrites {shown(target) or 'a branch'} whatever it holds",
                "`git fetch REMOTE` updates only what loses nothing",
            )


def pull(call: Call) -> Judged:
    """`git pull`: a fetch and a merge."""
    yield from fetch(call)
    yield from strategy(call)


_STRATEGIES = frozenset(["ort", "recursive", "resolve", "octopus", "ours", "subtree"])


def strategy(call: Call) -> Judged:
    """A merge strategy that git doesn't know is a program it runs."""
    for name in call.parsed.values("--strategy"):
        if name not in _STRATEGIES:
            yield Refusal(
                "runs-code", f"`--strategy={shown(name)}` may run a program", "use git's own strategies"
            )


def clone(call: Call) -> Judged:
    """`git clone`: from here to a new folder inside the worktree or under /tmp."""
    yield from remote_name(call)
    for target in call.operands[1:2]:
        refusal = refuse_write(target, call.scene)
        if refusal:
            yield refusal


def remote_url(call: Call) -> Judged:
    """`git remote add NAME URL`: the address may not be a program."""
    yield from _transport(call.operands[1:])
