"""What the rules read, and what they answer. Pure values: no git, no clock, no environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from harness.policy.content_settings import ContentSettings

ABSENT = "000000"
REGULAR = "100644"
EXECUTABLE = "100755"
SYMLINK = "120000"
GITLINK = "160000"


@dataclass(frozen=True, slots=True)
class TreeChange:
    """One record of the raw difference of two trees, renames off.

    `status` is A, M, D or T (type change). Modes are git's six digits, `ABSENT` where a side has no
    entry; object ids are full, None there. Paths are bytes decoded as UTF-8 with surrogateescape.
    """

    path: str
    status: Literal["A", "M", "D", "T"]
    old_mode: str
    new_mode: str
    old_oid: str | None
    new_oid: str | None


@dataclass(frozen=True, slots=True)
class Violation:
    """One reason against a candidate: a stable code, the path it is about, and the safe way."""

    code: str
    path: str | None
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the edits themselves claim: the paths they change, and those they create anew."""

    declared: frozenset[str]
    changed: frozenset[str]  # what they really change; what earlier attempts made as declared counts
    created_over: frozenset[str] = frozenset()  # "created", but the phase base has them
    copied_from: frozenset[str] = frozenset()  # named as copy sources: allowed to stay unchanged


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a verdict depends on beside the tree difference.

    `protected` and `scope` are globs of gitignore semantics; `scope` None means everything.
    `closed` are the harness's own files. `allow` are exact protected paths a maintenance run may change.
    `named` are files the phase names one by one, which may be control files. `content` has the
    thresholds of the rules on what files hold.
    """

    protected: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    scope: tuple[str, ...] | None = None
    allow: frozenset[str] = field(default_factory=frozenset)
    named: frozenset[str] = field(default_factory=frozenset)
    content: ContentSettings = field(default_factory=ContentSettings)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The policy's answer: accepted when there are no violations."""

    violations: tuple[Violation, ...]

    @property
    def accepted(self) -> bool:
        return not self.violations
