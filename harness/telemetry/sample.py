"""The sample, one row of `telemetry/<run>.ndjson`: what an attempt should have used, and used."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from harness.telemetry.deliverable import DeliverableFacts, FileSize, new_deliverable
from harness.telemetry.goal import GoalFacts

SCHEMA = "harness.sample/1"
KEPT_DELIVERABLES = 20
KEPT_CHARACTERS = 200
CUT = "..."
IMPLAUSIBLE_BELOW = 50
"""Fewer output tokens than this can't be the work of a phase."""

# Beyond 2**53 a count is no longer exact in the JSON of most readers.
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Number = Annotated[int, Field(gt=0, le=2**53 - 1)]
# Of a negative zero the magnitude: equal amounts are then written alike.
Amount = Annotated[float, Field(ge=0), AfterValidator(abs)]
Share = Annotated[float, Field(ge=0, le=1), AfterValidator(abs)]


Identity = tuple[str, str, int] | tuple[str, str, str, int, int]
"""Run, phase and attempt; without one the time, and the predicted and actual tokens, -1 for unknown."""


class _Record(BaseModel):
    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )


class DeliverableRecord(_Record):
    """A deliverable as the row keeps it: whether the phase base had it, and how large it was."""

    path: str
    existed: bool
    bytes: Count | None = None
    lines: Count | None = None
    imports: Count | None = None
    indent: Count | None = None

    @classmethod
    def of(cls, facts: DeliverableFacts) -> DeliverableRecord:
        """The record of what the estimator read."""
        size = facts.size
        if size is None:
            return cls(path=cut(facts.path), existed=facts.existed)
        return cls(
            path=cut(facts.path),
            existed=facts.existed,
            bytes=size.bytes,
            lines=size.lines,
            imports=size.imports,
            indent=size.indent,
        )

    def facts(self) -> DeliverableFacts:
        """What the estimator reads; no size unless all of it is known."""
        size = None
        if None not in (self.lines, self.imports, self.indent):
            size = FileSize(self.bytes or 0, self.lines or 0, self.imports or 0, self.indent or 0)
        return DeliverableFacts(self.path, self.existed, size)


class GoalRecord(_Record):
    """A goal as the row keeps it: its length in words, and the actions its first line names."""

    title_words: Count
    words: Count
    actions: tuple[str, ...] = ()

    @field_validator("actions", mode="before")
    @classmethod
    def _from_json(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @classmethod
    def of(cls, facts: GoalFacts) -> GoalRecord:
        """The record of what the estimator read."""
        return cls(title_words=facts.title_words, words=facts.words, actions=facts.actions)

    def facts(self) -> GoalFacts:
        """What the estimator reads."""
        return GoalFacts(self.title_words, self.words, self.actions)


class Sample(_Record):
    """One attempt. None is unknown; `duration` is seconds, `cost` as the agent gave it.

    `success` is the agent's call, `phase_success` whether the attempt completed its phase. Of the
    deliverables the first 20 are kept, each path at most 200 characters, a cut one ending in "...";
    `deliverable_count` is how many there were, by default those given. `implausible` always follows
    from the actual tokens.

    `predicted_lower_tokens` and `predicted_upper_tokens` hold a share `predicted_level` of all phases,
    where the profile said so. `ceiling` is the limit the agent's call really had. A row with `source`
    "backfill" is of a commit instead of an attempt, and `actual_basis` says how its tokens were estimated.
    """

    run_id: str
    phase_id: str
    attempt: Number | None = None
    timestamp: str | None = None
    commit: str | None = None
    tree: str | None = None
    category: str
    complexity: str
    deliverable_count: Count = 0
    deliverables: tuple[str, ...]
    deliverable_facts: tuple[DeliverableRecord, ...] = ()
    goal_facts: GoalRecord | None = None
    predicted_output_tokens: Count
    predicted_lower_tokens: Count | None = None
    predicted_upper_tokens: Count | None = None
    predicted_level: Share | None = None
    actual_output_tokens: Count | None
    actual_basis: str | None = None
    selected_budget: Count | None = None
    ceiling: Count | None = None
    input_tokens: Count | None = None
    cache_read_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    cost: Amount | None = None
    duration: Amount | None = None
    success: bool
    phase_success: bool | None = None
    outcome: str | None = None
    truncated: bool
    stop_reason: str | None = None
    model: str | None = None
    agent: str | None = None
    profile: str | None = None
    profile_version: Number | None = None
    source: Literal["measured", "backfill"] = "measured"
    synthetic: bool = False
    implausible: bool = False

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, data: object) -> object:
        # Looking for a mapping takes much longer than looking for a dict.
        if not isinstance(data, (dict, Mapping)):
            return data
        values = dict(data)
        for name in ("stop_reason", "model"):
            text = values.get(name)
            if isinstance(text, str) and len(text) > KEPT_CHARACTERS:
                values[name] = cut(text)
        _bound_deliverables(values)
        actual = values.get("actual_output_tokens")
        values["implausible"] = isinstance(actual, int) and actual < IMPLAUSIBLE_BELOW
        return values

    @property
    def backfilled(self) -> bool:
        """Whether the row is of a commit, with estimated tokens: never mixed with measured ones unasked."""
        return self.source == "backfill"

    @property
    def identity(self) -> Identity | None:
        """What tells the row from others; None for one of the older export without a time."""
        if self.attempt is not None:
            return self.run_id, self.phase_id, self.attempt
        if not self.timestamp:
            return None
        actual = self.actual_output_tokens
        tokens = self.predicted_output_tokens, -1 if actual is None else actual
        return self.run_id, self.phase_id, self.timestamp, *tokens

    @property
    def goal(self) -> GoalFacts | None:
        """What the estimator read of the phase's goal; None where the row doesn't tell."""
        return self.goal_facts.facts() if self.goal_facts else None

    @property
    def known_facts(self) -> tuple[DeliverableFacts, ...]:
        """What the row tells of its first deliverables; without facts, every one counts as new."""
        return told_facts(self.deliverable_facts, self.deliverables)

    @property
    def complete_facts(self) -> tuple[DeliverableFacts, ...] | None:
        """What the estimator read, as far as the row tells; None where deliverables were left out.

        A row without facts takes every deliverable as new.
        """
        facts = self.known_facts
        return facts if tells_all(facts, self.deliverables, self.deliverable_count) else None


def told_facts(
    records: Sequence[DeliverableRecord], deliverables: Sequence[str]
) -> tuple[DeliverableFacts, ...]:
    """What a row with these values tells of its first deliverables; without records, every one is new."""
    return tuple(record.facts() for record in records) or tuple(map(new_deliverable, deliverables))


def tells_all(facts: Sequence[DeliverableFacts], deliverables: Sequence[str], count: int) -> bool:
    """Whether `facts` are those of all of a row's deliverables, with nothing cut off their paths."""
    return len(facts) >= count and not any(map(is_cut, deliverables))


def cut(text: str) -> str:
    """`text`, at most 200 characters of it; "..." at the end marks a cut one."""
    return text if len(text) <= KEPT_CHARACTERS else text[: KEPT_CHARACTERS - len(CUT)] + CUT


def is_cut(text: str) -> bool:
    """Whether `text` was cut."""
    return len(text) == KEPT_CHARACTERS and text.endswith(CUT)


def encode_row(sample: Sample) -> str:
    """The row of a sample: one line of ASCII JSON, `schema` first, the other keys sorted."""
    fields = sample.model_dump()
    row = {"schema": SCHEMA, **{name: fields[name] for name in sorted(fields)}}
    return json.dumps(row, allow_nan=False) + "\n"


def _bound_deliverables(values: dict[str, Any]) -> None:
    paths = values.get("deliverables")
    if not isinstance(paths, (list, tuple)):
        return
    count = values.get("deliverable_count", 0)
    if isinstance(count, int) and 0 <= count < len(paths):
        values["deliverable_count"] = len(paths)
    values["deliverables"] = tuple(
        [
            cut(path) if isinstance(path, str) and len(path) > KEPT_CHARACTERS else path
            for path in paths[:KEPT_DELIVERABLES]
        ]
    )
    facts = values.get("deliverable_facts", ())
    if isinstance(facts, (list, tuple)):
        values["deliverable_facts"] = tuple(facts[:KEPT_DELIVERABLES])
