"""The report people read (pytest-json-report): parsed, and checked against itself."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.checks.doubt import DoubtError

_COUNTS = ("total", "collected", "deselected")


class _Strict(BaseModel):
    model_config = ConfigDict(defer_build=True, extra="ignore", frozen=True, strict=True)


class ReportedNode(_Strict):
    """A collector, or a test, by node id."""

    nodeid: str
    outcome: str


class ReportedStage(_Strict):
    """How setup, call or teardown of a test ended."""

    outcome: str


class ReportedTest(ReportedNode):
    """A test with its stages, of which the last try counts."""

    setup: ReportedStage | None = None
    call: ReportedStage | None = None
    teardown: ReportedStage | None = None

    @property
    def stages(self) -> dict[str, str]:
        """Stage -> plain outcome, of the stages there were."""
        named = {"setup": self.setup, "call": self.call, "teardown": self.teardown}
        return {name: stage.outcome for name, stage in named.items() if stage}


class Document(_Strict):
    """What of a pytest-json-report document is decided upon; the bridge has put its `canaries` apart."""

    exitcode: int
    root: str
    summary: dict[str, int]
    collectors: list[ReportedNode] = []
    tests: list[ReportedTest] = []
    canaries: list[ReportedTest] = []

    @property
    def failed_collectors(self) -> set[str]:
        return {c.nodeid for c in self.collectors if c.outcome not in ("passed", "skipped")}

    @property
    def deselected(self) -> int:
        return self.summary.get("deselected", 0)

    @property
    def collected(self) -> int:
        return self.summary.get("collected", -1)


def parse_document(content: bytes) -> tuple[Document, dict[str, Any]]:
    """(what is decided upon, the whole document); NaN and infinities, not JSON, become null."""
    try:
        raw = json.loads(content, parse_constant=lambda _: None)
        return Document.model_validate(raw), raw
    except (ValueError, RecursionError) as error:
        problem = "doesn't have its shape" if isinstance(error, ValidationError) else "isn't JSON"
        raise DoubtError(f"the file pytest-json-report left {problem}") from error


def check_document(document: Document) -> None:
    """Raise unless each test is listed once and every count of the summary is the list's own."""
    total = document.summary.get("total", -1)
    if len({test.nodeid for test in document.tests}) != total or len(document.tests) != total:
        listed = len(document.tests)
        raise DoubtError(f"the report counts {total} tests in all, but lists {listed}")
    counts = {key: n for key, n in document.summary.items() if key not in _COUNTS and n}
    if counts != Counter(test.outcome for test in document.tests):
        raise DoubtError("the report's summary doesn't agree with the outcomes it lists")


def check_all_ran(document: Document) -> None:
    """Raise unless every collected test that wasn't deselected has an outcome."""
    expected, total = document.collected - document.deselected, len(document.tests)
    if expected != total:
        raise DoubtError(f"{expected} tests were to be run, but the report has {total}")
