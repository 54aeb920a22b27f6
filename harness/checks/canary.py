"""Tests that must come out failed: what becomes of them tells whether a failure would be seen at all."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from harness.checks.document import Document, ReportedTest
from harness.checks.doubt import DoubtError
from harness.checks.testimony import Testimony
from harness.checks.witness import Seen, Witness

CODE = "canary-passed"


@dataclass(frozen=True, slots=True)
class Canary:
    """The name of one run's canaries: module and function, which nobody can know before."""

    module: str
    function: str

    @classmethod
    def fresh(cls) -> Canary:
        return cls(f"test_{secrets.token_hex(6)}", f"test_{secrets.token_hex(6)}")

    @property
    def source(self) -> str:
        """A module with one test that fails."""
        found = secrets.randbelow(1000)
        body = f"    found, wanted = {found}, {found + 1}\n    assert found == wanted\n"
        return f"def {self.function}():\n{body}"

    def owns(self, node: str) -> bool:
        return f"{self.module}.py::{self.function}" in node


def take_out(canary: Canary, document: Document, witness: Witness) -> tuple[Document, Witness]:
    """What report and stream say of the project's own tests; raises where a canary didn't fail in both."""
    told = {test.nodeid: test for test in document.canaries if canary.owns(test.nodeid)}
    seen = {node: test for node, test in witness.tests.items() if canary.owns(node)}
    for node in sorted(told.keys() | seen.keys()):
        _check_failed(told.get(node), seen.get(node))
    own = replace(
        witness,
        tests={node: test for node, test in witness.tests.items() if node not in seen},
        failures={node: text for node, text in witness.failures.items() if node not in seen},
    )
    return document.model_copy(update={"canaries": list(told.values())}), own


def check_all_failed(testimony: Testimony, document: Document) -> None:
    """Raise unless those that failed are all that were run, in every process that ran tests."""
    if testimony.problem:
        raise _void(f"couldn't be run with the tests ({testimony.problem})")
    failed = {test.nodeid for test in document.canaries}
    if not failed or failed != set(testimony.canaries):
        raise _void("wasn't run with the tests")


def _check_failed(told: ReportedTest | None, seen: Seen | None) -> None:
    if seen is not None and seen.own is None:
        return  # begun, and never ended: that is told of the run as a whole
    reported = told.outcome if told else "missing"
    streamed = seen.final if seen else "missing"
    if {reported, streamed} != {"failed"}:
        raise _void(f"is {reported} in the report and {streamed} in the report log")
    stages = (told.stages if told else {}).get("call"), (seen.stages if seen else {}).get("call")
    if set(stages) != {"failed"}:
        raise _void("didn't fail where it was called")


def _void(what: str) -> DoubtError:
    return DoubtError(
        f"the canary, a test that must fail, {what}: this run can't tell passed from failed", CODE
    )
