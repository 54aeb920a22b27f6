"""plan.toml: a run and its phases."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    model_validator,
)

from harness.deliverables import read_deliverables, read_scope
from harness.errors import UsageError
from harness.process.regular_file import read_named
from harness.toml_document import MOST_BYTES, SeveralFaults, decode_toml, parse_toml, validate
from harness.toml_table import Strings, Table

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_MOST_ID = 100


def valid_id(value: str) -> str:
    """A run's or phase's id, if it can be one; ValueError says why not."""
    if len(value) > _MOST_ID:
        raise ValueError(f"an id has at most {_MOST_ID} characters, this one {len(value)}")
    if not _ID.match(value):
        raise ValueError("an id is letters, digits, '.', '_' and '-', beginning with a letter or digit")
    if ".." in value or value.endswith((".", ".lock")):
        raise ValueError("an id becomes part of a git ref: no '..', no '.' or '.lock' at its end")
    return value


Identifier = Annotated[str, AfterValidator(valid_id)]
Complexity = Literal["low", "medium", "high", "maintenance"]
# The codes of `harness.policy.content_settings.PHASE_CODES`.
PhaseCode = Literal["does-not-parse", "file-emptied", "file-shrunk", "file-grown", "public-symbols-lost"]


def literal_glob(path: str) -> str:
    """The glob that means exactly this path of the repository, and all below it if it is a folder."""
    return "/" + re.sub(r"([*?\[\]\\!#^-]|\s)", r"\\\1", path)


class Run(Table):
    id: Identifier
    type: Literal["project_build", "maintenance"] = "project_build"


class Phase(Table):
    """One unit of work; every key beside `id`, `goal` and `deliverables` has a default."""

    id: Identifier
    goal: str = Field(min_length=1)
    deliverables: tuple[str, ...]
    category: str = "implementation"
    complexity: Complexity = "medium"
    tier: str | None = None
    """A label for people; it orders nothing."""
    scope: Strings | None = None
    """Globs the phase may change; none: the deliverables themselves; `["**"]`: everything."""
    context: Strings = ()
    """Files the agent is told to read."""
    agent: str | None = None
    """An agent of harness.toml; none: the first there is."""
    max_attempts: PositiveInt = 3
    depends_on: tuple[Identifier, ...] = ()
    tests: Literal["none"] | tuple[str, ...] | None = None
    """"none": a recorded choice not to test; a list: these paths in place of the project's."""
    required_tests: Strings = ()
    symbols: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Names each Python deliverable must define."""
    allow_noop: bool = False
    allow_tests: Strings = ()
    """Test files this phase may weaken or remove."""
    allow: Strings = ()
    """Exact protected paths a maintenance run may change."""
    allow_content: tuple[PhaseCode, ...] = ()
    """Rules on contents this phase switches off for itself, by their codes."""
    budget: PositiveInt | None = None
    """Output tokens of one invocation."""
    budget_cost: PositiveFloat | None = None
    budget_seconds: PositiveFloat | None = None
    timeout: PositiveFloat | None = None
    _remarks: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="wrap")
    @classmethod
    def _read_deliverables(cls, data: Any, handler: Any) -> Phase:
        remarks: tuple[str, ...] = ()
        if isinstance(data, dict) and "deliverables" in data:
            paths, remarks = read_deliverables(data["deliverables"])
            if remarks and not paths:
                raise ValueError(f"no deliverable is a path: {'; '.join(remarks)}")
            data = {**data, "deliverables": paths}
        if isinstance(data, dict) and isinstance(data.get("scope"), str):
            scope, left_out = read_scope(data["scope"])
            data, remarks = {**data, "scope": scope or None}, (*remarks, *left_out)
        phase: Phase = handler(data)
        phase._remarks = remarks
        return phase

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was left out or trimmed while deliverables and scope were read."""
        return self._remarks

    @property
    def effective_scope(self) -> tuple[str, ...]:
        """The globs this phase may change; deliverables are anchored at the root, taken literally."""
        if self.scope is not None:
            return self.scope
        return tuple(literal_glob(path) for path in self.deliverables)

    @property
    def shown_scope(self) -> tuple[str, ...]:
        """The scope as people write it."""
        return self.scope if self.scope is not None else self.deliverables


class Plan(Table):
    """A run with its phases, in order."""

    run: Run
    phase: tuple[Phase, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Plan:
        problems = [*self._called_alike(), *(line for phase in self.phase for line in self._misuses(phase))]
        if not problems:
            problems = self._circles()
        if problems:
            raise SeveralFaults(problems)
        return self

    def _called_alike(self) -> Iterator[str]:
        seen: set[str] = set()
        for phase in self.phase:
            if phase.id.casefold() in seen:
                yield f"two phases are called {phase.id!r} (ids are compared ignoring case)"
            seen.add(phase.id.casefold())

    def _misuses(self, phase: Phase) -> Iterator[str]:
        for name in phase.depends_on:
            if name == phase.id:
                yield f"phase {phase.id!r} depends on itself"
            elif name not in self._ids:
                yield f"phase {phase.id!r} depends on {name!r}, which the plan doesn't have"
        if phase.allow and self.run.type != "maintenance":
            yield f"phase {phase.id!r} has `allow`, which only a run of type 'maintenance' may have"

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(phase.id for phase in self.phase)

    def _circles(self) -> list[str]:
        try:
            graphlib.TopologicalSorter({p.id: p.depends_on for p in self.phase}).prepare()
        except graphlib.CycleError as error:
            return [f"phases depend on each other in a circle: {' -> '.join(error.args[1])}"]
        return []

    def find(self, phase_id: str) -> Phase:
        """The phase called `phase_id`; UsageError `unknown-phase` names those there are."""
        for phase in self.phase:
            if phase.id == phase_id:
                return phase
        known = ", ".join(phase.id for phase in self.phase) or "none"
        raise UsageError("unknown-phase", f"the plan has no phase {phase_id!r}", f"its phases are: {known}")


def parse_plan(data: bytes, name: str) -> Plan:
    """A plan from the bytes of its file; UsageError `invalid-toml` or `invalid-plan` says what and where."""
    text = decode_toml(data, name)
    return validate(Plan, parse_toml(text, name), text, name, "invalid-plan")


def load_plan(path: Path, name: str, *, by_user: bool = True) -> Plan:
    """The plan at `path`; UsageError `no-plan` where it can't be read.

    Where somebody named it (`by_user`) it may be a pipe.
    """
    try:
        data = read_named(path, MOST_BYTES, by_user=by_user)
    except OSError as error:
        raise UsageError(
            "no-plan",
            f"can't read the plan {name}: {error.strerror}",
            "begin one with `harness init` or `harness plan new`, or name another with --plan FILE",
        ) from None
    return parse_plan(data, name)
