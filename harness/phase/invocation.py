"""One invocation of `run-phase`: what was asked for, and the task that makes of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.git.locks import hold, run_lock
from harness.git.refs import read_ref
from harness.git.repository import Repository, branch_of
from harness.git.seal import roll_forward
from harness.git.tree import Tree
from harness.phase.budgets import budget_of
from harness.phase.containing import contain_task
from harness.phase.context import BaseConfig, choose_agent, rules_for
from harness.phase.progress import situation_of
from harness.phase.project_python import release_of, tests_of
from harness.phase.samples import deliverable_facts, predict_phase
from harness.phase.sharing import Alone, Sharing
from harness.phase.state import run_base
from harness.phase.task import Task

if TYPE_CHECKING:
    from harness.config import Config
    from harness.phase.testing import Testing
    from harness.plan import Phase, Plan


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class PhaseOptions:
    """What the command line asked for. `plan_path` is where the plan was read from.

    `stop` tells whether no further attempt is to be begun. With `wait`, whoever works on the phase is
    waited for; without, that is BlockedError `phase-claimed`. With `remote` the run is shared with other
    clones: the phase is claimed there, in place of the dead claim `replaces`, and lands there first. With
    `drain` nobody asked for this very phase, so what was given up stays so; `seconds` is what the run then
    has left.
    """

    plan_path: Path
    base: str | None = None
    agent: str | None = None
    response: Path | None = None
    again: bool = False
    dry_run: bool = False
    stop: Callable[[], bool] = _never
    wait: bool = True
    remote: str | None = None
    replaces: str | None = None
    drain: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Invocation:
    """A phase of a plan, to be run in a repository. `progress` is told what happens, line by line.

    `sharing` is how what lands becomes known to those who share the run.
    """

    user: Repository
    plan: Plan
    phase: Phase
    options: PhaseOptions
    progress: Callable[[str], None]
    sharing: Sharing = field(default_factory=Alone)

    @property
    def run(self) -> str:
        return self.plan.run.id


@contextlib.contextmanager
def run_held(invocation: Invocation) -> Iterator[None]:
    """Nothing of the run lands meanwhile; what a killed command had begun to land is finished first."""
    user, run = invocation.user, invocation.run
    with hold(
        run_lock(user.common_dir, run),
        lambda owner: invocation.progress(f"waiting for {owner}, which works on run {run}"),
    ):
        if not invocation.options.dry_run:
            # What can't be finished, every command says once as it begins.
            roll_forward(user)
        yield


def phase_base(invocation: Invocation) -> str:
    """The commit the phase builds on: the run branch's tip, or what a new run begins with."""
    return run_tip(invocation.user, invocation.run, invocation.options.base)


def run_tip(user: Repository, run: str, wanted_name: str | None) -> str:
    """The run branch's tip, else `wanted_name` or HEAD. UsageError `other-base`: the run began elsewhere."""
    tip = read_ref(user.git, branch_of(run))
    wanted = user.resolve(wanted_name) if wanted_name else None
    if tip is None:
        return wanted or user.head()
    began = run_base(user, run) if wanted else None
    if wanted and began and wanted != began:
        raise UsageError(
            "other-base",
            f"run {run} began at {began[:10]}, not at {wanted[:10]}",
            f"leave --base out, or discard the run first: harness drop {run}",
        )
    return tip


def make_task(invocation: Invocation, base: str, base_config: BaseConfig, agents: Config) -> Task:
    """The task of an invocation; `agents` is the configuration agents, budgets and profile come from."""
    user, phase, options = invocation.user, invocation.phase, invocation.options
    tree = Tree(user.objects, base)
    prediction = predict_phase(phase, deliverable_facts(phase, tree), agents.telemetry.profile, user.root)
    testing = _testing(user, phase, base_config.config)
    python = release_of(testing.interpreter.version) if testing else None
    budget = budget_of(agents.budget, phase, options.seconds)
    most = most_tokens(agents, phase, options)
    wanted = [prediction.budget, budget.phase.tokens, budget.attempt.tokens, most]
    task = Task(
        user=user,
        plan=invocation.plan,
        phase=phase,
        agent=choose_agent(
            agents, phase, options.plan_path.parent, user.root, options.agent, options.response
        ),
        rules=rules_for(user, base_config.config, invocation.plan, phase, options.plan_path, python),
        edits=base_config.config.edits,
        policy_digest=base_config.digest,
        testing=testing,
        base=base,
        base_tree=tree.oid,
        tip=read_ref(user.git, branch_of(invocation.run)),
        prediction=prediction,
        budget=min(limit for limit in wanted if limit is not None),
        limits=budget,
        most_tokens=most,
        situation=situation_of(phase, user.objects, base, _agent_text(agents, phase, options)),
        progress=invocation.progress,
    )
    return contain_task(task, agents.containment, base_config.config.containment)


def most_tokens(agents: Config, phase: Phase, options: PhaseOptions) -> int | None:
    """What the phase's agent can answer with at most, where the configuration says so."""
    table = agents.agents.get(_agent_name(agents, phase, options))
    return table.max_output_tokens if table else None


def _agent_name(agents: Config, phase: Phase, options: PhaseOptions) -> str:
    return options.agent or phase.agent or next(iter(agents.agents), "")


def _agent_text(agents: Config, phase: Phase, options: PhaseOptions) -> str:
    """Everything the configuration says of the phase's agent."""
    name = _agent_name(agents, phase, options)
    table = agents.agents.get(name)
    return f"{name} {table.model_dump_json() if table else ''} {options.response or ''}"


def _testing(user: Repository, phase: Phase, config: Config) -> Testing | None:
    table = tests_of(config, phase)
    if table is None:
        return None
    from harness.checks.interpreter import find_interpreter
    from harness.phase.testing import Testing

    return Testing(user, phase, table, find_interpreter(user.root, table.python, os.environ))
