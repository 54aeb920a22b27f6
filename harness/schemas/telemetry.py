"""The documents of coverage, calibration and backfill, as models."""

from __future__ import annotations

from typing import Any, Literal

from harness.phase.documents import Document
from harness.telemetry.coverage import Gap, Progress
from harness.telemetry.problems import ProblemCount
from harness.telemetry.reader import BadLine


class CoverageAnswer(Document):
    """`harness telemetry coverage --json`: samples by stratum against the sampling targets."""

    schema_: Literal["harness.coverage/1"]
    samples: Progress
    excluded: dict[str, int]
    strata: dict[str, dict[str, Progress]]
    beyond: dict[str, dict[str, int]]
    """Samples of strata without a target."""
    gaps: tuple[Gap, ...]
    problems: tuple[BadLine, ...]
    """Lines that aren't rows, the first 1,000 of each file."""
    problem_counts: tuple[ProblemCount, ...]
    """All of them, by file and kind."""
    suggestions: tuple[dict[str, Any], ...] | None = None
    """With `--suggest`: the phases to run, in order; None without a plan."""


class Fit(Document):
    smape: float | None
    interval_coverage: float | None


class CurrentProfile(Document):
    profile: str
    version: int
    smape: float | None


class CalibrationAnswer(Document):
    """`harness telemetry calibrate --json`; SMAPE in percent, shares as fractions."""

    schema_: Literal["harness.calibration/1"]
    written: str | None
    """The profile's file; None where none was written, and `refused` says why."""
    refused: dict[str, str] | None
    samples: int
    backfilled: int
    censored: int
    undated: int
    """Samples without a time that can be read, or with one that lies ahead."""
    left_out: dict[str, int]
    judged: int
    compared: int
    leave_one_out: Fit
    current: CurrentProfile
    interval_level: float | None
    penalty: float | None
    offsets: dict[str, Any]


class BackfillAnswer(Document):
    """`harness telemetry backfill --json`; tokens are output tokens."""

    schema_: Literal["harness.backfill/1"]
    path: str
    until: str | None
    since: str | None
    commits: int
    samples: int
    left_out: dict[str, int]
    truncated: int
    median_tokens: float | None
    basis: str
    """How a commit's tokens were estimated."""
    profile: str
    category: dict[str, int]
    complexity: dict[str, int]


class WrittenFile(Document):
    path: str
    bytes: int


class ReportAnswer(Document):
    """`harness telemetry report --json`; `listed` is how many attempts the page lists."""

    schema_: Literal["harness.telemetry-report/1"]
    samples: int
    valid: int
    listed: int
    gates_missed: tuple[str, ...]
    files: tuple[WrittenFile, ...]
