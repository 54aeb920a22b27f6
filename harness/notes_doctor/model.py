"""What the doctor of notes knows and says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

# By what a report was found: the very commit, trailers in its message, its tree, its patch.
Method = Literal["commit", "trailers", "tree", "patch-id"]


class AttemptKey(NamedTuple):
    """Which attempt a report is of."""

    run: str
    phase: str
    attempt: int

    def __str__(self) -> str:
        return f"{self.run}/{self.phase}/{self.attempt}"


@dataclass(slots=True)
class Record:
    """All that is known of an attempt's reports: the blobs that have them, by notes ref, and of what.

    `line` is the run's own commits from the tested one down to what the run began with, that included.
    """

    key: AttemptKey
    works: set[str] = field(default_factory=set)
    commits: set[str] = field(default_factory=set)
    blobs: dict[str, set[str]] = field(default_factory=dict)
    complete: bool = False
    line: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reattachment:
    """Reports found for a commit that lacks them; `same_work`: for each, whether it is of the same tree."""

    commit: str
    subject: str
    method: Method
    attempts: tuple[AttemptKey, ...]
    same_work: tuple[bool, ...]
    refs: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        found = zip(self.attempts, self.same_work, strict=True)
        return {
            "commit": self.commit,
            "subject": self.subject,
            "method": self.method,
            "refs": self.refs,
            "attempts": [{**key._asdict(), "same_tree": same} for key, same in found],
        }


@dataclass(frozen=True, slots=True)
class Unsure:
    """A commit that more than one report could be of; nothing is done about it."""

    commit: str
    subject: str
    method: Method
    attempts: tuple[AttemptKey, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "subject": self.subject,
            "method": self.method,
            "attempts": [key._asdict() for key in self.attempts],
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the repository's settings, refs or notes; `fixable` by the doctor itself."""

    code: str
    message: str
    hint: str
    fixable: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "hint": self.hint, "fixable": self.fixable}
