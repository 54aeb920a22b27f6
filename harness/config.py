"""harness.toml: policy, tests, agents and budgets of a repository."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    StrictBool,
    field_validator,
    model_validator,
)

from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.policy.content_settings import EXEMPTIBLE_CODES, ContentSettings
from harness.policy.tree_settings import TreeSettings
from harness.toml_document import decode_toml, parse_toml, validate
from harness.toml_table import StrictTable, Strings, Table, one_or_many

CONFIG_FILE = "harness.toml"


def _as_argv(value: Any) -> Any:
    return shlex.split(value) if isinstance(value, str) else value


def _none_or_table(value: Any) -> Any:
    return None if value == "none" else value


Share = Annotated[float, Field(ge=0, le=1)]
PeopleCode = Literal["symlink", "gitlink", "file-mode", "control-file"]
Globs = Annotated[list[str], BeforeValidator(one_or_many)]
Argv = Annotated[tuple[str, ...], BeforeValidator(_as_argv), Field(min_length=1)]


class ContentTable(Table):
    """Thresholds of the rules on what files hold (`ContentSettings`, `TreeSettings`)."""

    model_config = ConfigDict(strict=True)

    max_file_bytes: PositiveInt = 5 * 1024 * 1024
    max_files: PositiveInt = 10_000
    max_added_bytes: PositiveInt = 64 * 1024 * 1024
    shrink_ratio: Annotated[float, Field(gt=0, le=1)] = 0.6
    shrink_min_lines: PositiveInt = 20
    growth_ratio: Annotated[float, Field(gt=1)] = 3.0
    growth_min_lines: PositiveInt = 50
    symbols_ratio: Annotated[float, Field(gt=0, le=1)] = 0.3
    symbols_min_lost: PositiveInt = 2
    parse_bytes: PositiveInt = 1024 * 1024
    exempt: dict[str, Globs] = Field(default_factory=dict)
    """Globs by the code they switch off."""

    @field_validator("exempt")
    @classmethod
    def _known_codes(cls, exempt: dict[str, Globs]) -> dict[str, Globs]:
        for code in exempt:
            if code not in EXEMPTIBLE_CODES:
                known = ", ".join(sorted(EXEMPTIBLE_CODES))
                raise ValueError(f"{code!r} has no exemptions; these have: {known}")
        return exempt

    def settings(self, *, python: tuple[int, int] | None = None, off: Iterable[str] = ()) -> ContentSettings:
        """The settings the rules take; `off` are codes a phase switches off for itself."""
        caps = {"max_file_bytes", "max_files", "max_added_bytes", "exempt"}
        tree = TreeSettings(**self.model_dump(include=caps))
        return ContentSettings(tree, **self.model_dump(exclude=caps), python=python, off=frozenset(off))


class PolicyTable(Table):
    protected: Strings = ()
    """Globs (gitignore semantics) of paths no phase may change."""
    people: Annotated[tuple[PeopleCode, ...], BeforeValidator(one_or_many)] = ()
    """Codes that don't hold for people's commits."""
    content: ContentTable = Field(default_factory=ContentTable)


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
    max_output_tokens: PositiveInt | None = None
    """The most its model can answer with: no attempt is given more."""


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
    max_output_tokens: PositiveInt | None = None
    """The most its model can answer with: no attempt is given more."""


AgentTable = Annotated[RecordedAgentTable | CommandAgentTable, Field(discriminator="kind")]


def _embedded_agents() -> dict[str, RecordedAgentTable | CommandAgentTable]:
    return {"recorded": RecordedAgentTable(kind="recorded")}


class BudgetTable(StrictTable):
    """Limits on output tokens, money (in the agents' currency) and seconds; None is no limit, 0 is none."""

    attempt_tokens: PositiveInt | None = None
    """No attempt is given more."""
    tokens: PositiveInt | None = None
    """A phase may use in one invocation: once used up, no further attempt is made."""
    run_tokens: PositiveInt | None = None
    """All attempts of a run may use: none begins that might pass it."""
    attempt_cost: PositiveFloat | None = None
    """Reserved for an attempt, and what one that doesn't tell its cost counts as."""
    cost: PositiveFloat | None = None
    run_cost: PositiveFloat | None = None
    attempt_seconds: PositiveFloat | None = None
    """An agent's time is cut to it."""
    seconds: PositiveFloat | None = None
    """From the first attempt of an invocation on; an agent's time is cut to what is left."""
    run_seconds: PositiveFloat | None = None
    """Seconds after which a drain begins no further phase."""


class DiagnosisTable(StrictTable):
    """Whom to ask about a phase that keeps failing in a drain; nobody without `agent`."""

    agent: str | None = None
    after: PositiveInt = 2
    """Failed attempts of a phase since it was last complete."""
    per_phase: PositiveInt = 2
    per_run: PositiveInt = 10


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


class ContainmentTable(Table):
    """Whether bubblewrap contains agents, tests and fixes, and what each may reach."""

    mode: Literal["auto", "required", "off"] = "auto"
    agent_network: StrictBool = True
    test_network: StrictBool = False
    fix_network: StrictBool = False
    agent_writable: Strings = ()
    """Folders an agent may write beside its own, absolute or with `~/`."""

    @field_validator("agent_writable")
    @classmethod
    def _absolute(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        for path in paths:
            if not path.startswith(("/", "~/")):
                raise ValueError(f"{path!r} is neither absolute nor begins with ~/")
        return paths

    def no_looser_for_tests(self, other: ContainmentTable) -> ContainmentTable:
        """This table, but for what lets tests reach more than `other` does."""
        mode = min(self.mode, other.mode, key=("required", "auto", "off").index)
        network = self.test_network and other.test_network
        return self.model_copy(update={"mode": mode, "test_network": network})


class GatesTable(StrictTable):
    """Limits `harness telemetry replay` holds the recorded figures to; without one, no gate."""

    mean_smape: PositiveFloat = 50
    """Percent; the mean must be below."""
    median_waste_ratio: PositiveFloat | None = None
    """Predicted over actual tokens; the median must be below."""
    underestimation_rate: Share | None = None
    """The most that may be under-estimated, as a fraction."""
    truncation_rate: Share | None = None
    """The most that may be cut off, as a fraction."""
    interval_coverage: Share | None = None
    """The least that must lie within the predicted interval, as a fraction."""


class TelemetryTable(StrictTable):
    profile: str = "seed"
    gates: GatesTable = Field(default_factory=GatesTable)


class Config(Table):
    """The whole of harness.toml; every key has a default."""

    policy: PolicyTable = Field(default_factory=PolicyTable)
    tests: Annotated[TestsTable | None, BeforeValidator(_none_or_table)] = Field(default_factory=TestsTable)
    """None where the file says `tests = "none"`: a project without tests, by choice."""
    agents: dict[str, AgentTable] = Field(default_factory=_embedded_agents)
    """Without any: one called `recorded`, which answers from files."""
    edits: EditsTable = Field(default_factory=EditsTable)
    containment: ContainmentTable = Field(default_factory=ContainmentTable)
    budget: BudgetTable = Field(default_factory=BudgetTable)
    diagnosis: DiagnosisTable = Field(default_factory=DiagnosisTable)
    telemetry: TelemetryTable = Field(default_factory=TelemetryTable)

    @model_validator(mode="after")
    def _known_agent(self) -> Config:
        name = self.diagnosis.agent
        if name is not None and name not in self.agents:
            raise ValueError(
                f"[diagnosis] agent: there is no agent {name!r}; known: {', '.join(self.agents)}"
            )
        return self


def parse_config(data: bytes, name: str = CONFIG_FILE) -> Config:
    """harness.toml from its bytes; UsageError `invalid-toml` or `invalid-config` says what and where."""
    text = decode_toml(data, name)
    return validate(Config, parse_toml(text, name), text, name, "invalid-config")
