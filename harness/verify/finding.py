"""What a check finds, and what it says it has checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# What a check has compared, by the fields of `CheckedDocument`.
What = Literal[
    "attempts", "candidates", "verdicts", "commits", "reports", "baselines", "notes", "rows", "approvals",
    "fixes", "tests_rerun",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """The record says something else than what follows from it; `path` is what that is about."""

    code: str
    message: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a reader should know that contradicts nothing."""

    code: str
    message: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """Something was recomputed and compared, whatever came of it."""

    what: What
    count: int = 1


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of a kind that can't be checked here, in words that are the same for all of its kind."""

    why: str


Finding = Difference | Remark | Compared | Skipped
Findings = Iterator[Finding]
