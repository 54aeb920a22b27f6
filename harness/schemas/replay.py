"""The document of a replay, `harness.replay/1`, as a model."""

from __future__ import annotations

from typing import Any, Literal

from harness.phase.documents import Document
from harness.telemetry.derived import Remark
from harness.telemetry.gates import Gate
from harness.telemetry.measures import Figures
from harness.telemetry.problems import ProblemCount
from harness.telemetry.reader import BadLine
from harness.telemetry.replay import Compared, LowerBounds
from harness.telemetry.selection import ExcludedRow


class ProfileAnswer(Document):
    name: str
    version: int
    smallest: int
    """The least number of tokens the profile can predict."""


class StrataAnswer(Document):
    category: dict[str, Figures]
    complexity: dict[str, Figures]
    deliverables: dict[str, Figures]
    model: dict[str, Figures]
    agent: dict[str, Figures]


class ReplayAnswer(Document):
    """`harness telemetry replay --json`; rates are fractions, SMAPE in percent, None without samples."""

    schema_: Literal["harness.replay/1"]
    profile: ProfileAnswer
    samples: int
    excluded: dict[str, int]
    include_synthetic: bool
    include_backfill: bool
    valid: int
    """Rows that are rows, duplicates too."""
    success_rate: float | None
    phase_success_rate: float | None
    truncation_rate: float | None
    recorded: Figures
    current: Figures
    strata: StrataAnswer
    current_strata: StrataAnswer
    truncated: LowerBounds
    gates: tuple[Gate, ...]
    synthetic_rows: tuple[ExcludedRow, ...]
    excluded_rows: tuple[ExcludedRow, ...]
    problems: tuple[BadLine, ...]
    """Lines that aren't rows, the first 1,000 of each file."""
    problem_counts: tuple[ProblemCount, ...]
    """All of them, by file and kind."""
    remarks: tuple[Remark, ...]
    listed: bool
    """False with a million rows: what is left out is counted, not listed, and of remarks the first 1,000."""
    compared: Compared | None
    """With `--compare`."""
    rows: tuple[dict[str, Any], ...] = ()
    """Only with `--rows`."""
