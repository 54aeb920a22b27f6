"""What an agent is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt


class Usage(BaseModel):
    """An agent's account of an attempt (`HARNESS_USAGE`, `<reply>.usage.json`); None is unknown."""

    model_config = ConfigDict(defer_build=True, extra="ignore", frozen=True, strict=True, allow_inf_nan=False)

    input: NonNegativeInt | None = None
    output: NonNegativeInt | None = None
    cache_read: NonNegativeInt | None = None
    cache_write: NonNegativeInt | None = None
    cost: NonNegativeFloat | None = None
    max_tokens: NonNegativeInt | None = None
    """The ceiling on output tokens the agent sent to its API."""
    stop_reason: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """One attempt to be made. Paths are absolute.

    `prompt` is the brief for a reader (standard input); `brief` the same as a JSON document (the
    file HARNESS_BRIEF). `worktree` is the throwaway worktree at the attempt's start, None when the
    agent said it needs none (`Agent.needs_worktree`). `scratch` is a folder of the attempt's own,
    outside it.
    """

    run: str
    phase: str
    attempt: int
    prompt: str
    brief: str
    scratch: Path
    worktree: Path | None
    timeout: float | None = None
    """Seconds left for it, where that is less than the agent's own limit."""


@dataclass(frozen=True, slots=True)
class AgentReply:
    """What came back.

    status "answered": `text` holds the reply's bytes, or `edited` says that the worktree holds the
    edits. status "none": a recorded agent has no further reply. status "failed": `reason` says why,
    in one line (`stop_reason` then names it: "timeout", "output_limit", "exit_code", "not_started",
    "lost", "unreadable"). An answer has a `reason` too when something was odd about it.
    """

    status: Literal["answered", "none", "failed"]
    text: bytes = b""
    edited: bool = False
    usage: Usage = field(default_factory=Usage)
    usage_problem: str = ""
    stop_reason: str | None = None
    reason: str = ""
    duration: float = 0.0
    log: str = ""


class Agent(Protocol):
    """Whatever proposes edits. `ask` never raises for what the agent itself does wrong.

    `edits_worktree` says that the files it leaves in its worktree are the answer, not what it prints.
    """

    name: str
    needs_worktree: bool
    edits_worktree: bool

    def ask(self, request: AgentRequest) -> AgentReply: ...
