"""What a command is judged in the light of: the repository's aliases, and what names mean in it."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from harness.commands import Context
from harness.commands.model import FixType, NameKind, RunType
from harness.git.private import PrivateRepository
from harness.git.repository import Repository, branch_of
from harness.git.tree import Tree


def judging_context(
    user: Repository,
    private: PrivateRepository,
    start: str,
    run_type: str,
    fix_type: str | None,
    worktree: Path,
) -> Context:
    """The context of a command that is to run in `worktree`, on the commit `start`."""
    tree = Tree(private.objects, start)

    def kind_of(name: str) -> NameKind:
        is_commit = _names_commit(user, name)
        is_path = tree.entry(name) is not None or tree.is_folder(name)
        if is_commit and is_path:
            return "both"
        return "commit" if is_commit else "path" if is_path else "absent"

    return Context(
        run_type=cast("RunType", run_type),
        fix_type=cast("FixType | None", fix_type),
        aliases=aliases(user),
        workdir=str(worktree),
        refs=kind_of,
    )


def aliases(user: Repository) -> dict[str, str]:
    """The git aliases the user's configuration has, by name."""
    output = user.ask("config", "-z", "--get-regexp", r"^alias\.")
    records = output.stdout.decode("utf-8", "surrogateescape").split("\0") if output.status == 0 else []
    pairs = (record.partition("\n") for record in records if record)
    return {key.removeprefix("alias."): value for key, _, value in pairs}


def _names_commit(user: Repository, name: str) -> bool:
    if not name or name.startswith("-"):
        return False
    asked = user.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return asked.status == 0


def recorded_refs(user: Repository, run: str | None) -> dict[str, str]:
    """Where HEAD, its branch, the run's branch and the stash of the user's repository are."""
    wanted = ["HEAD", "refs/stash", *([branch_of(run)] if run else [])]
    head = user.ask("symbolic-ref", "--quiet", "HEAD")
    if head.status == 0:
        wanted.append(head.text)
    found = {}
    for ref in wanted:
        asked = user.ask("rev-parse", "--verify", "--quiet", ref)
        if asked.status == 0:
            found[ref] = asked.text
    return found
