"""The tests of one candidate: baseline on the phase base, the run on the candidate, the delta."""

from __future__ import annotations

import functools
import hashlib
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checks.baseline import BaselineStore, baseline_key
from harness.checks.delta import compare
from harness.checks.flaky import Retried, as_passed, retry, without_flaky
from harness.checks.model import Interpreter, TestRun, TestSpec
from harness.checks.run import existing_paths, run_tests
from harness.checks.setup import run_setup
from harness.checks.witness import FAILING
from harness.checks.worktreeinclude import NAME as INCLUDE_FILE
from harness.checks.worktreeinclude import copy_included, included_paths
from harness.git.tree import Tree, write_tree
from harness.phase.finalizer import TestFacts, baseline_warning
from harness.phase.workspace import Workspace, repository_state
from harness.policy.test_places import DEFAULT_PATTERNS, is_module_of_tests
from harness.policy.test_strength import name_exact
from harness.state import state_directory

if TYPE_CHECKING:
    from harness.config import TestsTable
    from harness.containment.confinement import Confinement
    from harness.git.repository import Repository
    from harness.plan import Phase

_EACH_BY_ITSELF = "--continue-on-collection-errors"


@dataclass(frozen=True)
class Testing:
    """How the tests of a phase are run, in all attempts of one command.

    `fruitless` are runs of the base that came to no result: by key, the last one and the seconds they took.
    """

    user: Repository
    phase: Phase
    table: TestsTable
    interpreter: Interpreter
    confinement: Confinement | None = None
    fruitless: dict[str, tuple[TestRun, float]] = field(default_factory=dict)

    @property
    def paths(self) -> Sequence[str]:
        return self.phase.tests if isinstance(self.phase.tests, tuple) else self.table.paths

    @functools.cached_property
    def included(self) -> dict[str, str]:
        """What `.worktreeinclude` lends to a worktree: each path with a digest of its content."""
        return {path: _digest(self.user.root / path) for path in lent_paths(self.user)}

    @property
    def _contained(self) -> str:
        # A test that needs the network, or writes outside its worktree, ends differently.
        confinement = self.confinement
        if confinement is None or confinement.bwrap is None:
            return "not contained"
        return f"contained, network: {confinement.network}"

    @property
    def store(self) -> BaselineStore:
        return BaselineStore(repository_state(self.user) / "baselines")

    def key(self, workspace: Workspace, tree: str) -> str:
        """What a baseline depends on; trees that differ only in telemetry share one."""
        return baseline_key(
            without_telemetry(workspace, tree),
            self.interpreter,
            self.paths,
            self.table.args,
            self.table.workdir,
            setup=self.table.setup or (),
            extra=[self._contained, *(f"{path} {digest}" for path, digest in self.included.items())],
        )


def test_candidate(
    testing: Testing,
    workspace: Workspace,
    base: tuple[str, str],
    candidate: tuple[str, str],
    *,
    peoples_base: bool,
    say: Callable[[str], None],
) -> TestFacts:
    """Run the tests, and new failures once more; `base` and `candidate` are (commit, tree).

    `peoples_base` says that nothing of the run itself is in the base.
    """
    before = _baseline(testing, workspace, *base, trusted=peoples_base)
    if warning := baseline_warning(before):
        say(warning)
    worktree, problem = _worktree(testing, workspace, "candidate", candidate[0])
    absent = [path for path in testing.paths if not existing_paths(worktree, testing.table.workdir, [path])]
    first = _problem(problem) if problem else _run_in(testing, workspace, "candidate", worktree)
    newly = compare(before, first).newly_failing
    retried = _retry(testing, workspace, ("candidate", candidate[0], worktree), first, newly)
    testing.store.save(testing.key(workspace, candidate[1]), as_passed(retried.run, retried.flaky))
    phase = testing.phase
    return TestFacts(
        candidate=retried.run,
        base=before,
        delta=without_flaky(compare(before, retried.run), retried.flaky),
        required=phase.required_tests,
        excused=name_exact(phase.deliverables, phase.allow_tests, phase.allow).changeable,
        reruns=retried.reruns,
        tries=retried.tries(),
        delivered=[path for path in phase.deliverables if is_module_of_tests(path, DEFAULT_PATTERNS)],
        absent=absent,
    )


def _retry(
    testing: Testing,
    workspace: Workspace,
    made: tuple[str, str, Path],
    first: TestRun,
    failing: Sequence[str],
    *,
    each: bool = True,
) -> Retried:
    """Run what fails again; `made` is (name, commit, worktree) of the `first` run.

    Some tests run again where they failed. All of them run in a new worktree: a test that only passes by
    what an earlier run has left there, a snapshot it wrote itself say, passes in no fresh checkout.
    """
    name, commit, worktree = made
    numbers = itertools.count(1)

    def again(ids: Sequence[str] | None, seconds: float) -> TestRun:
        timeout = min(seconds, testing.table.timeout)
        if ids is None:
            fresh, problem = _worktree(testing, workspace, f"{name}-again", commit)
            if problem:
                return _problem(problem)
            return _run_in(testing, workspace, f"{name}-again", fresh, timeout=timeout)
        only = [first.given.get(node, node) for node in ids]
        again = f"{name}-again-{next(numbers)}"
        return _run_in(testing, workspace, again, worktree, paths=only, timeout=timeout)

    return retry(first, failing, again, testing.table.timeout, each=each)


def _baseline(testing: Testing, workspace: Workspace, commit: str, tree: str, *, trusted: bool) -> TestRun:
    key = testing.key(workspace, tree)
    known = testing.store.load(key)
    if known is not None:
        return known
    last, spent = testing.fruitless.get(key, (None, 0.0))
    if last and spent >= testing.table.timeout:
        return last
    began = time.monotonic()
    run = _run_base(testing, workspace, commit, trusted=trusted)
    if run.status in ("unknown", "broken"):
        # It may be chance: it is tried again while that costs little, and by the next command.
        testing.fruitless[key] = (run, spent + time.monotonic() - began)
    testing.store.save(key, run)
    return run


def _run_base(testing: Testing, workspace: Workspace, commit: str, *, trusted: bool) -> TestRun:
    worktree, problem = _worktree(testing, workspace, "base", commit)
    # Byte code is kept for every repository: only what people have made or merged may add to it.
    run = _problem(problem) if problem else _run_in(testing, workspace, "base", worktree, trusted=trusted)
    if run.status == "completed":
        # What failed by chance would be allowed to fail for good.
        failing = sorted(node for node, outcome in run.outcomes.items() if outcome in FAILING)
        again = _retry(testing, workspace, ("base", commit, worktree), run, failing, each=False)
        run = as_passed(run, again.flaky)
    return run


def run_on(
    testing: Testing, workspace: Workspace, name: str, commit: str, only: Sequence[str] | None = None
) -> TestRun:
    """The tests on a commit, in a worktree of its own; with `only`, those of these files, each by itself."""
    worktree, problem = _worktree(testing, workspace, name, commit)
    if problem:
        return _problem(problem)
    more = () if only is None else (_EACH_BY_ITSELF,)
    return _run_in(testing, workspace, name, worktree, paths=only, more=more)


def _worktree(testing: Testing, workspace: Workspace, name: str, commit: str) -> tuple[Path, str]:
    """A worktree that tests can run in, and "", or why they can't."""
    worktree = workspace.private.add_worktree(name, commit, workspace.owner).path
    return worktree, prepare(testing, worktree, workspace.scratch(f"{name}-setup"))


def _problem(why: str) -> TestRun:
    return TestRun("unknown", None, {}, why=why)


def _run_in(
    testing: Testing,
    workspace: Workspace,
    name: str,
    worktree: Path,
    *,
    paths: Sequence[str] | None = None,
    more: Sequence[str] = (),
    timeout: float | None = None,
    trusted: bool = False,
) -> TestRun:
    """One run of the tests in a worktree that is there; by default all of them, in the time they have."""
    table = testing.table
    return run_tests(
        TestSpec(
            worktree=worktree,
            checkout=testing.user.root,
            scratch=workspace.scratch(f"{name}-tests"),
            interpreter=testing.interpreter,
            paths=testing.paths if paths is None else paths,
            whole=None if paths is None else testing.paths,
            args=(*table.args, *more),
            workdir=table.workdir,
            timeout=table.timeout if timeout is None else timeout,
            bytecode=state_directory() / "bytecode",
            trusted=trusted,
            confinement=testing.confinement,
        )
    )


def lent_paths(user: Repository) -> list[str]:
    """The ignored files that the checkout's `.worktreeinclude` lends to worktrees."""
    if not (user.root / INCLUDE_FILE).is_file():
        return []
    return included_paths(user.root, user.ignored_files())


def prepare(testing: Testing, worktree: Path, scratch: Path) -> str:
    """Make a fresh worktree runnable: `.worktreeinclude`, then `[tests] setup`; "" or why it failed."""
    table = testing.table
    if testing.included:
        copy_included(testing.user.root, worktree, testing.included)
    if table.setup is None:
        return ""
    return run_setup(table.setup, worktree, scratch, table.setup_timeout, testing.confinement)


def without_telemetry(workspace: Workspace, tree: str) -> str:
    """The tree less `telemetry/*.ndjson`."""
    names = Tree(workspace.private.objects, tree).names("telemetry")
    rows = [f"telemetry/{name}" for name in names if name.endswith(".ndjson")]
    return write_tree(workspace.private.objects, tree, dict.fromkeys(rows)) if rows else tree


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"
