"""harness.toml: policy, tests, agents and budgets of a repository."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, PositiveInt

from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.toml_document import decode_toml, parse_toml, validate

CONFIG_FILE = "harness.toml"


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_argv(value: Any) -> Any:
    return shlex.split(value) if isinstance(value, str) else value


def _none_or_table(value: Any) -> Any:
    return None if value == "none" else value


Strings = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]
Argv = Annotated[tuple[str, ...], BeforeValidator(_as_argv), Field(min_length=1)]


class Table(BaseModel):
    """A TOML table: no key beside the named ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PolicyTable(Table):
    protected: Strings = ()
    """Globs (gitignore semantics) of paths no phase may change."""


class TestsTable(Table):
    paths: Strings = ()
    """What pytest is given; empty: whatever pytest collects by itself."""
    timeout: PositiveFloat = 600
    """Seconds for one run of the tests."""
    python: str | None = None
    """The project's interpreter, relative to the checkout; default: the active one, or `.venv`."""
    setup: Argv | None = None
    """A command that makes a fresh worktree runnable, run once in each."""
    setup_timeout: PositiveFloat = 600
    workdir: str = "."
    """The folder pytest is started in, relative to the repository's root."""
    args: Strings = ()
    """Further arguments for pytest."""


class RecordedAgentTable(Table):
    kind: Literal["recorded"]
    reply: str = "replies/{phase}-{attempt}.txt"
    """Path of the reply, relative to the plan file."""


class CommandAgentTable(Table):
    kind: Literal["command"]
    command: Argv
    edits: Literal["stdout", "worktree"] = "stdout"
    """Whether standard output is the reply, or the agent edits its worktree."""
    timeout: PositiveFloat = 1800
    """Seconds for one attempt."""
    output_limit: PositiveInt = 64 * 1024 * 1024
    """Bytes of output after which the agent is stopped."""
    env: dict[str, str] = Field(default_factory=dict)
    """Variables added to the agent's environment."""


AgentTable = Annotated[RecordedAgentTable | CommandAgentTable, Field(discriminator="kind")]


def _embedded_agents() -> dict[str, RecordedAgentTable | CommandAgentTable]:
    return {"recorded": RecordedAgentTable(kind="recorded")}


class BudgetTable(Table):
    tokens: PositiveInt | None = None
    """Output tokens a phase may use in one invocation: once used up, no further attempt is made."""


class StrictTable(Table):
    """A table that takes no text or truth value for a number: a gate must not be read by guessing."""

    model_config = ConfigDict(strict=True)


class EditsTable(StrictTable):
    """How replies are read; the defaults of the sizes are those of `harness.edits.limits.Limits`."""

    strict: bool = False
    """Take edits only as they stand: no repair but of what stands around them."""
    reply_bytes: PositiveInt = DEFAULT_LIMITS.reply_bytes
    lines: PositiveInt = DEFAULT_LIMITS.lines
    line_bytes: PositiveInt = DEFAULT_LIMITS.line_bytes
    operations: PositiveInt = DEFAULT_LIMITS.operations
    files: PositiveInt = DEFAULT_LIMITS.files
    json_depth: Annotated[int, Field(ge=4, le=200)] = DEFAULT_LIMITS.json_depth
    binary_bytes: PositiveInt = DEFAULT_LIMITS.binary_bytes
    file_bytes: PositiveInt = DEFAULT_LIMITS.file_bytes
    text_work: PositiveInt = DEFAULT_LIMITS.text_work

    def limits(self) -> Limits:
        """The limits a reply is held to."""
        return replace(DEFAULT_LIMITS, **self.model_dump(exclude={"strict"}))


class GatesTable(StrictTable):
    mean_smape: PositiveFloat = 50


class TelemetryTable(StrictTable):
    profile: str = "seed"
    gates: GatesTable = GatesTable()


class Config(Table):
    """The whole of harness.toml; every key has a default."""

    policy: PolicyTable = PolicyTable()
    tests: Annotated[TestsTable | None, BeforeValidator(_none_or_table)] = TestsTable()
    """None where the file says `tests = "none"`: a project without tests, by choice."""
    agents: dict[str, AgentTable] = Field(default_factory=_embedded_agents)
    """Without any: one called `recorded`, which answers from files."""
    edits: EditsTable = EditsTable()
    budget: BudgetTable = BudgetTable()
    telemetry: TelemetryTable = TelemetryTable()


def parse_config(data: bytes, name: str = CONFIG_FILE) -> Config:
    """harness.toml from its bytes; UsageError `invalid-toml` or `invalid-config` says what and where."""
    text = decode_toml(data, name)
    return validate(Config, parse_toml(text, name), text, name, "invalid-config")
