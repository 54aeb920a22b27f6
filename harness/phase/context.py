"""Everything an invocation of `run-phase` works with, gathered and checked before anything starts."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from harness.agents.model import Agent
from harness.config import CONFIG_FILE, Config, RecordedAgentTable, parse_config
from harness.containment.git_settings import named_git_settings
from harness.errors import UsageError
from harness.git.repository import Repository
from harness.git.tree import Tree
from harness.plan import Phase, Plan, literal_glob
from harness.policy.content_settings import PHASE_CODES
from harness.policy.control_files import named_files
from harness.policy.harness_files import HARNESS_FILES
from harness.policy.model import Rules
from harness.process.environment import clean_environment
from harness.process.regular_file import read_named
from harness.toml_document import MOST_BYTES


@dataclass(frozen=True, slots=True)
class BaseConfig:
    """harness.toml as the phase base has it (`digest` of its bytes, "" without), and what to say about it."""

    config: Config
    digest: str
    remarks: tuple[str, ...]


def read_checkout_config(user: Repository) -> Config | None:
    """harness.toml of the checkout; None without one."""
    path = user.root / CONFIG_FILE
    try:
        return parse_config(read_named(path, MOST_BYTES, by_user=False))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError("invalid-config", f"can't read {CONFIG_FILE}: {error.strerror}") from None


def read_base_config(user: Repository, base: str, checkout: Config | None) -> BaseConfig:
    """The configuration a phase on `base` is judged by: the base's, opened no further than the checkout's."""
    user.require_objects(base)
    tree = Tree(user.objects, base)
    data = tree.content(CONFIG_FILE) if tree.entry(CONFIG_FILE) else None
    committed = parse_config(data, f"{CONFIG_FILE} of {base[:10]}") if data is not None else None
    remarks: tuple[str, ...] = ()
    if committed is None and checkout is not None:
        remarks = (f"{CONFIG_FILE} is not committed: its rules are read from commits, so commit it first",)
    elif committed != checkout:
        remarks = (
            f"{CONFIG_FILE} of the checkout differs from the phase base's, whose rules and tests count",
        )
    config = committed or Config()
    if checkout is not None:
        # What isn't committed may only close more: an exception there would lift the base's protection.
        added = [pattern for pattern in checkout.policy.protected if not pattern.lstrip().startswith("!")]
        union = tuple(dict.fromkeys([*config.policy.protected, *added]))
        policy = config.policy.model_copy(update={"protected": union})
        # The base may be what another clone pushed: that doesn't open what is closed here.
        containment = config.containment.no_looser_for_tests(checkout.containment)
        config = config.model_copy(update={"policy": policy, "containment": containment})
    digest = hashlib.sha256(data).hexdigest() if data is not None else ""
    return BaseConfig(config, digest, remarks)


def rules_for(
    user: Repository,
    config: Config,
    plan: Plan,
    phase: Phase,
    plan_path: Path,
    python: tuple[int, int] | None = None,
) -> Rules:
    """The rules a phase's candidate is judged by; `python` is the project's version, where it is known."""
    place = _inside(user, plan_path)
    return Rules(
        protected=config.policy.protected,
        closed=(*HARNESS_FILES, literal_glob(place)) if place else HARNESS_FILES,
        scope=phase.effective_scope,
        allow=frozenset(phase.allow) if plan.run.type == "maintenance" else frozenset(),
        named=named_files(phase.deliverables, phase.scope or (), phase.allow),
        content=config.policy.content.settings(python=python, off=phase.allow_content),
    )


def rules_without_phase(config: Config) -> Rules:
    """The rules that hold for any edits, whatever phase they may belong to."""
    # How much a file may lose is a phase's own affair.
    content = config.policy.content.settings(off=PHASE_CODES - {"does-not-parse"})
    return Rules(protected=config.policy.protected, closed=HARNESS_FILES, content=content)


def _inside(user: Repository, path: Path) -> str | None:
    try:
        return path.resolve().relative_to(user.root.resolve()).as_posix()
    except ValueError:
        return None


def choose_agent(
    config: Config,
    phase: Phase,
    plan_folder: Path,
    root: Path,
    name: str | None,
    response: Path | None,
) -> Agent:
    """The agent a phase is given; UsageError `unknown-agent` names those there are."""
    from harness.agents.command import CommandAgent
    from harness.agents.recorded import RecordedAgent, ResponseAgent

    if response is not None:
        return ResponseAgent(name or phase.agent or "response", response)
    chosen = name or phase.agent or next(iter(config.agents), None)
    table = config.agents.get(chosen) if chosen else None
    if chosen is None or table is None:
        raise _unknown_agent(config, chosen, phase.id)
    if isinstance(table, RecordedAgentTable):
        return RecordedAgent(chosen, table.reply, plan_folder)
    return CommandAgent(
        chosen,
        table.command,
        table.edits,
        phase.timeout or table.timeout,
        {**clean_environment(os.environ), **named_git_settings(os.environ), **table.env},
        table.output_limit,
        root=root,
    )


def require_agent(config: Config, name: str) -> None:
    """UsageError `unknown-agent` where there is none of that name."""
    if name not in config.agents:
        raise _unknown_agent(config, name)


def _unknown_agent(config: Config, chosen: str | None, phase: str = "") -> UsageError:
    known = ", ".join(config.agents) or "none"
    return UsageError(
        "unknown-agent",
        f"{CONFIG_FILE} has no agent {chosen!r}" if chosen else f"phase {phase!r} names no agent",
        f"the agents there are: {known}; add [agents.NAME], or give --response FILE",
    )
