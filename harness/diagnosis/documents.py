"""The documents of a diagnosis: what an agent answers, and what is recorded of it."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.agents.model import Usage
from harness.phase.documents import Document

Action = Literal["retry", "replan", "fix", "skip", "stop"]
FixType = Literal["git", "file", "python"]
_Text = Annotated[str, Field(max_length=4000)]
_Path = Annotated[str, Field(min_length=1, max_length=1000)]


class DiagnosisAnswer(BaseModel):
    """`harness.diagnosis/1`: what an agent says should become of a phase. Data, never obeyed unchecked.

    `retry` needs a `hint`, `replan` `deliverables`, `fix` a `command` (shell text, or the arguments of one
    program); `confidence` is 0..1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    schema_: Literal["harness.diagnosis/1"] = Field("harness.diagnosis/1", alias="schema")
    action: Action
    hint: _Text = ""
    deliverables: Annotated[tuple[_Path, ...], Field(max_length=200)] = ()
    command: _Text | Annotated[tuple[_Text, ...], Field(max_length=200)] | None = None
    fix_type: FixType | None = None
    rationale: Annotated[str, Field(min_length=1, max_length=4000)]
    confidence: Annotated[float, Field(ge=0, le=1)]


class DiagnosisDocument(Document):
    """`harness.diagnosis-record/1`: one diagnosis, `number` counting those of its phase.

    It was asked for after the attempt `attempt`. Where `valid` is false the answer changed nothing, and
    `problem` says why. `planned` are the deliverables the phase had then. `reserved` is what it counts as
    where its use of tokens is unknown.
    """

    schema_: Literal["harness.diagnosis-record/1"] = "harness.diagnosis-record/1"
    id: str
    run: str
    phase: str
    number: int
    attempt: int
    agent: str
    valid: bool
    problem: str = ""
    action: Action | None = None
    hint: str = ""
    deliverables: tuple[str, ...] = ()
    command: str | tuple[str, ...] | None = None
    fix_type: FixType | None = None
    rationale: str = ""
    confidence: float | None = None
    planned: tuple[str, ...] = ()
    usage: Usage = Usage()
    reserved: int = 0
    at: str = ""
    duration: float = 0.0

    @property
    def tokens(self) -> int:
        """Output tokens it counts as: those reported, else what was reserved for it."""
        return self.reserved if self.usage.output is None else self.usage.output

    @property
    def digest(self) -> str:
        """What an approval of its proposal is bound to."""
        proposal = [self.id, self.run, self.phase, self.planned, self.deliverables]
        return hashlib.sha256(json.dumps(proposal).encode()).hexdigest()

    def encode(self) -> bytes:
        """The document as it is kept."""
        data = self.model_dump(mode="json")
        return (json.dumps({"schema": data.pop("schema_"), **data}, indent=2) + "\n").encode()
