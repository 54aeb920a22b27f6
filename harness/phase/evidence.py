"""What is kept of an attempt: its evidence files, its commit message, its CI line. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.phase.documents import AttemptDocument
from harness.plan import Phase, Plan
from harness.policy.secrets import CODE as SECRET_CODE
from harness.policy.secrets import masked

REPORT_CAP = 2 * 1024 * 1024
_FREE = frozenset(("longrepr", "message", "stdout", "stderr", "log"))
_DEEPEST = 8  # more than a report's records of log lines


@dataclass(slots=True)
class Evidence:
    """Evidence files by name, gathered while an attempt is under way.

    `told` are those that nothing is computed from when the attempt is verified: they are for people.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def add(self, name: str, content: str | bytes, *, told: bool = False) -> None:
        """Keep a file; an empty one is left out."""
        data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
        if data:
            self.files[name] = data
        if told:
            self.told.add(name)

    def copy(self) -> Evidence:
        """The same files, to which others are added."""
        return Evidence(dict(self.files), set(self.told))


def mask_secrets(
    files: Mapping[str, bytes], told: Collection[str], document: AttemptDocument
) -> dict[str, bytes]:
    """The evidence files, secrets masked: in those `told`, and in all where one is what was refused."""
    refused = has_secret(document)
    return {name: masked_bytes(data) if refused or name in told else data for name, data in files.items()}


def has_secret(document: AttemptDocument) -> bool:
    """Whether the attempt was refused for a secret in its edits."""
    return any(violation.code == SECRET_CODE for violation in document.violations)


def masked_bytes(data: bytes) -> bytes:
    """A file of evidence with every secret in it masked."""
    try:
        return masked(data.decode()).encode()
    except UnicodeDecodeError:
        return masked(data.decode("latin-1")).encode("latin-1", "replace")


def commit_message(plan: Plan, phase: Phase, attempt: int, agent: str, base: str) -> str:
    """The message of a phase commit, with the trailers that find its evidence again."""
    goal = " ".join(_plain(phase.goal).split())
    subject = f"{phase.id}: {goal}"
    body = ""
    if len(subject) > 72:
        body = "\n".join(_body_line(line) for line in _plain(phase.goal).strip().split("\n")) + "\n\n"
        subject = subject[:71].rstrip() + "…"
    trailers = {
        "Run-Id": plan.run.id,
        "Phase-Id": phase.id,
        "Attempt": str(attempt),
        "Agent": agent,
        "Base-Commit": base,
    }
    return f"{subject}\n\n{body}" + "".join(f"{key}: {value}\n" for key, value in trailers.items())


def telemetry_message(run: str, phases: Sequence[str]) -> str:
    """The message of a telemetry commit; it carries no Phase-Id, as it is no phase's work."""
    return f"telemetry: {run}, after {', '.join(phases)}\n\nRun-Id: {run}\n"


def ledger_message(run: str, phase: str, attempt: AttemptDocument) -> str:
    return f"{run}/{phase} attempt {attempt.number}: {attempt.outcome}\n"


def agent_trailer(name: str, model: str | None) -> str:
    """Who did the work, in one line."""
    return " ".join(_plain(f"{name} ({model})" if model else name).split())[:200]


def _plain(text: str) -> str:
    """Text without control characters: git cuts a message at a NUL, and a terminal obeys the others."""
    return re.sub(r"[^\S\n]|[\x00-\x09\x0b-\x1f\x7f-\x9f]", " ", text)


def _body_line(line: str) -> str:
    # Git takes a line of dashes or a scissors line for the end of the message, trailers and all.
    return f" {line}" if line.startswith(("#", "-")) else line


def ci_line(run: str, phase: str, attempt: AttemptDocument, timestamp: int) -> str:
    """The compact result of one run of the tests: one JSON line, mergeable by `cat_sort_uniq`."""
    tests = attempt.tests
    line = {
        "v": 1,
        "run": run,
        "phase": phase,
        "attempt": attempt.number,
        "tree": attempt.tree,
        "status": "success" if tests.status == "passed" else "failure",
        "tests": tests.status,
        "passed": tests.passed,
        "failed": tests.failed,
        "skipped": tests.skipped,
        "total": tests.total,
        "newly_failing": len(tests.delta.newly_failing),
        "flaky": len(tests.delta.flaky),
        "report": tests.report.object if tests.report else None,
        "timestamp": f"{timestamp:010d}",
        "agent": "harness/pytest",
    }
    return json.dumps(line) + "\n"


def report_line(report: str, identity: Mapping[str, object]) -> bytes:
    """A pytest report as one JSON line, secrets masked, with the run, phase, attempt and tree it is of.

    Over its cap the captured output of passing tests goes first, then all output, keywords and
    collectors; what was dropped is marked. A report that is larger still is kept as it then is.
    """
    document = {**_masked_texts(json.loads(report), _DEEPEST), "harness": dict(identity)}
    line = _one_line(document)
    if len(line) <= REPORT_CAP:
        return line
    document["harness"] = {**identity, "dropped": "captured output of passing tests"}
    for test in document.get("tests", ()):
        if test.get("outcome") == "passed":
            _drop_output(test)
    line = _one_line(document)
    if len(line) > REPORT_CAP:
        document["harness"] = {**identity, "dropped": "captured output, keywords"}
        for test in document.get("tests", ()):
            _drop_output(test)
            test.pop("keywords", None)
        document.pop("collectors", None)
        line = _one_line(document)
    return line


def _masked_texts(value: Any, depth: int, free: bool = False) -> Any:
    # Only what tests print and say: ids and outcomes are compared.
    if isinstance(value, dict) and depth:
        return {key: _masked_texts(part, depth - 1, free or key in _FREE) for key, part in value.items()}
    if isinstance(value, list) and depth:
        return [_masked_texts(part, depth - 1, free) for part in value]
    return masked(value) if free and isinstance(value, str) else value


def _drop_output(test: dict[str, object]) -> None:
    for stage in ("setup", "call", "teardown"):
        part = test.get(stage)
        if isinstance(part, dict):
            for key in ("stdout", "stderr", "log"):
                part.pop(key, None)


def _one_line(document: object) -> bytes:
    return (json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n").encode()
