"""A test run: what is run, and what may be believed about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from harness.containment.confinement import Confinement

# pytest's outcomes; "error" is a failed setup, teardown or collection. Anything else is "unknown".
TestOutcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "unknown"]

# "completed": pytest ran to its end and its report adds up (tests may still have failed).
# "no_tests": nothing to run yet (no test paths, or none collected), and nothing else wrong.
# "broken": collection failed. "unknown": no report, a stale or inconsistent one, a crash, a
# timeout.
RunStatus = Literal["completed", "no_tests", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The project's own Python: absolute path, how it was chosen, and what it is made of."""

    path: Path
    chosen: str
    version: str
    distributions: str  # digest of its installed distributions
    sys_path: tuple[str, ...]
    pytest: str = ""  # version of the pytest it has
    own: tuple[str, ...] = ()  # folders of the environment itself: prefixes, standard library, site


@dataclass(frozen=True, slots=True)
class TestSpec:
    """One run of the tests, in one worktree. Paths are absolute but `paths` and `workdir`.

    `checkout` is the user's own checkout, from which nothing may be imported. `scratch` is a fresh
    folder outside the worktree for the report, the logs and byte code; `whole` are the paths of a run
    of all tests, where `paths` are only some of them; `bytecode` is one kept between runs for the byte
    code of the environment's own modules (None: compiled anew each time), which only a run of `trusted`
    code, the phase base, may add to; `confinement` says how pytest is contained.
    """

    __test__: ClassVar[bool] = False  # not a test class, whatever its name

    worktree: Path
    checkout: Path
    scratch: Path
    interpreter: Interpreter
    paths: Sequence[str]
    whole: Sequence[str] | None = None
    args: Sequence[str] = ()
    workdir: str = "."
    timeout: float = 600.0
    bytecode: Path | None = None
    trusted: bool = False
    confinement: Confinement | None = None


@dataclass(frozen=True, slots=True)
class TestRun:
    """What one run of the tests established.

    `outcomes` maps node ids to outcomes; collection failures appear in `collection_errors` (node id
    or path -> one line). `report` is the pytest-json-report document as one JSON line, empty when
    there is none that may be believed; `why` is then the reason, `doubt` its code. `log` is head and
    tail of the raw output. `given` are ids as pytest knows them, of those that had the worktree's path.
    """

    __test__: ClassVar[bool] = False  # not a test class, whatever its name

    status: RunStatus
    exit_code: int | None
    outcomes: Mapping[str, TestOutcome]
    collection_errors: Mapping[str, str] = field(default_factory=dict)
    report: str = ""
    why: str = ""
    log: str = ""
    duration: float = 0.0
    python: str = ""
    pytest: str = ""
    details: Mapping[str, str] = field(default_factory=dict)  # node id -> short failure text
    doubt: str = ""
    given: Mapping[str, str] = field(default_factory=dict)  # node id -> pytest's own


@dataclass(frozen=True, slots=True)
class Delta:
    """What a candidate changes in test outcomes, against the phase base; every tuple is sorted."""

    newly_failing: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()  # test functions that passed on the base, gone now
    newly_skipped: tuple[str, ...] = ()  # passed on the base, skipped or xfailed now
    narrowed: tuple[str, ...] = ()  # test functions still there, without some ids that passed
    flaky: tuple[str, ...] = ()  # failed and didn't before, and passed when run again
