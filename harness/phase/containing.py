"""Containing the programs of a phase: what is protected here, and whether bubblewrap works."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from harness.agents.command import CommandAgent
from harness.checks.model import Interpreter
from harness.config import ContainmentTable
from harness.containment.choice import choose, empty_trial
from harness.containment.confinement import Confinement, Role, Surroundings
from harness.containment.git_places import git_places
from harness.containment.git_settings import named_git_settings
from harness.containment.protected import repository_places
from harness.git.repository import Repository
from harness.phase.contained import PhaseContainment
from harness.phase.task import Task
from harness.state import make_state_folder, state_directory

_PACKAGE = Path(__file__).parents[1]


def contain_task(task: Task, agents: ContainmentTable, tests: ContainmentTable) -> Task:
    """The task with its agent and tests contained; says so once. UsageError `containment-required`.

    `agents` comes from the checkout's configuration, `tests` from the phase base's.
    """
    agent, testing = task.agent, task.testing
    interpreter = testing.interpreter if testing else None
    for_agent = for_tests = None
    if isinstance(agent, CommandAgent):
        for_agent = confine("agent", task.user, agents, agent.environment, interpreter)
        agent = agent.confined(for_agent)
    if testing is not None:
        for_tests = confine("tests", task.user, tests, os.environ, testing.interpreter)
        testing = replace(testing, confinement=for_tests)
    containment = PhaseContainment(for_agent, for_tests)
    for line in containment.lines:
        task.progress(line)
    return replace(task, agent=agent, testing=testing, containment=containment)


def confine(
    role: Role,
    user: Repository,
    table: ContainmentTable,
    environment: Mapping[str, str],
    interpreter: Interpreter | None = None,
) -> Confinement:
    """How programs of a role are contained in this repository, tried once.

    `environment` is the programs' own, `interpreter` the project's Python. UsageError
    `containment-required` where `table` wants what doesn't work.
    """
    network = {"agent": table.agent_network, "tests": table.test_network, "fix": table.fix_network}[role]
    around = _surroundings(role, user, table, environment, interpreter)
    wanted = Confinement(role, None, around, network)
    trial = [str(interpreter.path), "-I", "-S", "-c", ""] if interpreter else empty_trial()
    return choose(wanted, table.mode, trial, environment)


def _surroundings(
    role: Role,
    user: Repository,
    table: ContainmentTable,
    environment: Mapping[str, str],
    interpreter: Interpreter | None,
) -> Surroundings:
    state = Path(os.path.realpath(state_directory()))
    home = _place(environment.get("HOME", ""))
    own = [sys.prefix, str(_PACKAGE), *(interpreter.own if interpreter else ())]
    if role == "agent":  # to the others everything of the user's is closed
        own += map(str, git_places(user.common_dir, user.root, lambda *given: _setting(user, *given)))
    # What the home folder is in, an environment at its root say, tells nothing about who owns what is there.
    fixed = [p for p in _places(own) if not any(inner and inner.is_relative_to(p) for inner in (home, state))]
    named = [place for place in _places(named_git_settings(environment).values()) if place.is_file()]
    settings = [*_places([f"{environment.get('XDG_CONFIG_HOME', '')}/git"]), *named]
    bytecode = state / "bytecode"
    if role == "tests":
        make_state_folder(bytecode)
        bytecode = Path(os.path.realpath(bytecode))  # somebody may have moved it to another disk
    return Surroundings(
        home=home,
        state=state,
        protected=tuple(dict.fromkeys([*_repository(user), *fixed, *settings])),
        writable=tuple(_writable(table, environment)),
        shared=(bytecode,) if role == "tests" else (),
        needed=tuple(_places(_looked_for(environment, interpreter))),
    )


def _setting(user: Repository, *arguments: str) -> bytes:
    return user.ask("config", "-z", *arguments).stdout


def _repository(user: Repository) -> list[Path]:
    asked = _setting(user, "--get-regexp", r"^remote\..*\.(push)?url$")
    settings = [os.fsdecode(line) for line in asked.split(b"\0") if line]
    remotes = [setting.partition("\n")[2] for setting in settings]
    return repository_places(user.root, user.git_dir, user.common_dir, remotes)


def _writable(table: ContainmentTable, environment: Mapping[str, str]) -> list[Path]:
    """What an agent may write beside its own: its settings, caches and temporary files, wherever they are."""
    variables = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR")
    home = environment.get("HOME", "")
    # Inside the home folder the view of that says what can be written.
    named = [environment.get(name, "") for name in variables]
    elsewhere = [name for name in named if not home or not Path(name).is_relative_to(home)]
    added = [home + path[1:] if path.startswith("~/") else path for path in table.agent_writable]
    return _places([*elsewhere, *added])


def _looked_for(environment: Mapping[str, str], interpreter: Interpreter | None) -> list[str]:
    programs = environment.get("PATH", os.defpath).split(os.pathsep)
    return programs + (
        [str(interpreter.path), *interpreter.own, *interpreter.sys_path] if interpreter else []
    )


def _places(names: Iterable[str]) -> list[Path]:
    return [place for name in dict.fromkeys(names) if (place := _place(name))]


def _place(name: str) -> Path | None:
    """An existing absolute path without links, but for the root; None for anything else."""
    if not name.startswith("/"):
        return None
    place = Path(os.path.realpath(name))
    return place if place != Path("/") and place.exists() else None
