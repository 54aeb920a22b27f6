"""The state of phases, derived from ledger and refs each time it is asked for, never stored."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.git.ledger import ledger_phases
from harness.git.own_commits import first_foreign, own_commits
from harness.git.refs import read_ref, remote_branches
from harness.git.repository import Repository, branch_of, short_branch
from harness.phase.history import read_history

if TYPE_CHECKING:
    from harness.phase.documents import AttemptDocument
    from harness.plan import Phase, Plan


def completed_commit(user: Repository, run: str, phase: str, base: str) -> str | None:
    """The phase's newest commit whose work is in the run branch, or in `base` (merged already); else None."""
    return landed_commit(user, run, read_history(user, run, phase), read_ref(user.git, branch_of(run)), base)


def landed_commit(
    user: Repository, run: str, history: Sequence[AttemptDocument], tip: str | None, base: str
) -> str | None:
    """The newest commit of a history whose work is in the run branch at `tip`, or in `base`; else None."""
    commits = [a.commit for a in history if a.outcome == "complete" and a.commit]
    tips = [commit for commit in (tip, base) if commit]
    for commit in reversed(commits):
        if tip and commit in own_commits(user, run, tip):
            return commit
        if any(_is_ancestor(user, commit, tip) for tip in tips):
            return commit
    return None


@functools.lru_cache(maxsize=4096)
def _is_ancestor(user: Repository, old: str, new: str) -> bool:
    return user.is_ancestor(old, new)


def begun_elsewhere(user: Repository, run: str) -> str:
    """What to say where a remote has the run's branch, as last fetched, and nothing of it is here; or ""."""
    branch = short_branch(run)
    # One that was dropped here is begun anew on purpose.
    if read_ref(user.git, branch_of(run)) is not None or ledger_phases(user, run):
        return ""
    for ref in remote_branches(user.git, branch):
        remote = ref.removeprefix("refs/remotes/").removesuffix(f"/{branch}")
        return f"{remote} has {branch}: `harness sync {remote}` brings it; without it the run begins anew"
    return ""


def unmet_dependencies(user: Repository, plan: Plan, phase: Phase, base: str) -> list[str]:
    """The phases `phase` depends on that are not complete."""
    return [name for name in phase.depends_on if not completed_commit(user, plan.run.id, name, base)]


def has_only_grown(user: Repository, run: str, old: str, new: str) -> bool:
    """Whether the commits since `old` that lead to `new` are all of this run's own making."""
    if old == new:
        return True
    last = ""
    for commit, of_run in user.first_parents_with_trailer(new, "Run-Id", since=old):
        if of_run != run:
            return False
        last = commit
    return bool(last) and user.parent(last) == old


def run_base(user: Repository, run: str) -> str | None:
    """The commit a run began with: where its branch's own commits, known by their trailer, begin."""
    tip = read_ref(user.git, branch_of(run))
    return first_foreign(user, run, tip) if tip else None
