"""The streamed record of a session (pytest-reportlog): what ran, and whether it really ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.checks.doubt import DoubtError
from harness.checks.failure_text import collection_error, failure_text
from harness.checks.model import TestOutcome

FAILING: frozenset[str] = frozenset({"failed", "error"})
REPEATED = frozenset({"rerun", "retried"})  # a try that a plugin has repeated
_PLAIN: Mapping[str, TestOutcome] = {"passed": "passed", "failed": "failed", "skipped": "skipped"}
_EXPECTED_TO_FAIL: Mapping[str, TestOutcome] = {
    "passed": "xpassed",
    "skipped": "xfailed",
    "failed": "failed",
}


@dataclass(slots=True)
class Seen:
    """What the session reported of one test: its stages put together, and its subtests."""

    own: TestOutcome | None = None  # None: no stage has settled it
    subtests: set[str] = field(default_factory=set)
    stages: dict[str, str] = field(default_factory=dict)  # stage -> plain outcome of its last try

    @property
    def final(self) -> TestOutcome:
        """A test has failed when one of its subtests has; nothing passes without its call stage."""
        return "failed" if self.subtests & FAILING else self.own or "unknown"


@dataclass(slots=True)
class Witness:
    """One session. `exit_status` is None when its closing record is missing."""

    exit_status: int | None = None
    pytest: str = ""
    tests: dict[str, Seen] = field(default_factory=dict)  # in the order they were begun
    failures: dict[str, str] = field(default_factory=dict)  # node id -> short text
    failed_collectors: dict[str, str] = field(default_factory=dict)  # node id -> its error


def read_witness(content: bytes) -> Witness:
    """The session a report log tells of; a cut last line is dropped, all else odd is a doubt."""
    witness = Witness()
    for number, record in enumerate(_records(content)):
        kind = str(record.get("$report_type", "")).lower()
        if (kind == "sessionstart") != (number == 0):
            raise DoubtError("the report log doesn't tell of exactly one session")
        if kind != "warningmessage" and witness.exit_status is not None:
            raise DoubtError("the report log goes on after the end of its session")
        _take(witness, kind, record)
    return witness


def _records(content: bytes) -> Iterator[Mapping[str, Any]]:
    lines = content.split(b"\n")
    for line in lines[:-1]:  # what follows the last line end is empty, or cut
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise DoubtError("the report log has a line that isn't a record")
        yield record


def _take(witness: Witness, kind: str, record: Mapping[str, Any]) -> None:
    if kind == "sessionstart":
        witness.pytest = str(record.get("pytest_version", ""))
    elif kind == "sessionfinish":
        status = record.get("exitstatus")
        if type(status) is not int:
            raise DoubtError("the report log's closing record has no exit status")
        witness.exit_status = status
    elif kind == "collectreport" and record.get("outcome") == "failed":
        error = collection_error(record.get("longrepr"))
        witness.failed_collectors[str(record.get("nodeid", ""))] = error
    elif kind in ("testreport", "subtestreport"):
        _take_test(witness, kind, record)


def _take_test(witness: Witness, kind: str, record: Mapping[str, Any]) -> None:
    node = str(record.get("nodeid", ""))
    seen = witness.tests.setdefault(node, Seen())
    outcome = _outcome(record)
    if outcome in FAILING:
        witness.failures.setdefault(node, failure_text(record.get("longrepr")))
    if kind == "subtestreport":
        seen.subtests.add(outcome or "unknown")
        return
    seen.stages[str(record.get("when"))] = str(record.get("outcome"))
    if outcome is not None and outcome != "passed":
        seen.own = outcome
    elif outcome == "passed" and record.get("when") == "call" and seen.own is None:
        seen.own = "passed"


def _outcome(record: Mapping[str, Any]) -> TestOutcome | None:
    """pytest's category for one record, with its stage and xfail; None: it will be repeated."""
    outcome = str(record.get("outcome"))
    if outcome == "failed" and record.get("when") in ("setup", "teardown"):
        return "error"
    if outcome in REPEATED:
        return None
    return (_EXPECTED_TO_FAIL if "wasxfail" in record else _PLAIN).get(outcome, "unknown")
