"""Judging one run of pytest by all it left behind: what may be believed, and why not."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from harness.checks.canary import Canary, check_all_failed, take_out
from harness.checks.document import (
    Document,
    ReportedTest,
    check_all_ran,
    check_document,
    parse_document,
)
from harness.checks.doubt import DoubtError
from harness.checks.local_ids import full_id, full_ids, local_ids, with_ids
from harness.checks.model import RunStatus, TestOutcome, TestRun
from harness.checks.startup import startup_error
from harness.checks.testimony import Testimony, check_imports, check_workers, read_testimonies
from harness.checks.witness import FAILING, REPEATED, Seen, Witness, read_witness
from harness.process.ending import how_it_ended
from harness.process.model import ProcessResult
from harness.wording import counted

_KNOWN: frozenset[str] = frozenset(get_args(TestOutcome)) - {"unknown"}
_OF_SUBTESTS = "subtests "  # pytest's categories for subtests begin with it

NOTHING_FAILED, SOME_FAILED, INTERRUPTED, INTERNAL, USAGE, NOTHING_COLLECTED = range(6)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """All that is known of a run. A file that is missing or can't be trusted is None.

    `roots` are the spellings of the worktree's path, `below` is pytest's root in there, `about` is
    written into the kept report, `canary` is what was planted among the tests, None where nothing was.
    """

    result: ProcessResult
    nonce: str
    roots: tuple[str, ...]
    report: bytes | None
    events: bytes | None
    testimonies: Sequence[bytes]
    log: str
    timeout: float
    about: Mapping[str, Any] = field(default_factory=dict)
    canary: Canary | None = None
    below: str = "."


def judge(record: SessionRecord) -> TestRun:
    """The run, completed only if every piece of it tells the same story."""
    try:
        return _believe(record)
    except DoubtError as doubt:
        return TestRun(
            status="unknown",
            exit_code=record.result.exit_code,
            outcomes={},
            why=_local(str(doubt), record),
            log=record.log,
            duration=record.result.duration,
            doubt=doubt.code,
        )


def _believe(record: SessionRecord) -> TestRun:
    code = _usable_exit_code(record)
    witness = _closed_session(record)
    document, raw = _own_document(record)
    testimony = _check_testimony(record, (code, document.exitcode, witness.exit_status))
    if record.canary is not None:
        document, witness = take_out(record.canary, document, witness)
    document, raw, witness = with_ids(full_ids(document, witness, record.below), document, raw, witness)
    names = local_ids(witness.tests, record.roots)
    document, raw, witness = with_ids(names, document, raw, witness)
    broken = _collection_failed(code, document, witness)
    if not broken:
        check_all_ran(document)
    outcomes = settle(document, witness)
    check_workers(testimony, witness)
    if record.canary is not None and outcomes:
        check_all_failed(testimony, document)
    status = "broken" if broken else _status(code, outcomes)
    errors, failures = witness.failed_collectors, witness.failures
    failed = (node for node, outcome in outcomes.items() if outcome in FAILING)
    return TestRun(
        status=status,
        exit_code=code,
        outcomes=outcomes,
        collection_errors={node: _local(errors[node], record) for node in sorted(errors)},
        report=_kept(record, raw),
        why=_remark(status, document),
        log=record.log,
        duration=record.result.duration,
        pytest=witness.pytest,
        details={node: _local(failures.get(node, ""), record) for node in failed},
        given={local: node for node, local in names.items()},
    )


def _check_testimony(record: SessionRecord, codes: tuple[int, int, int | None]) -> Testimony:
    """Raise unless all exit codes are one, the bridge saw it, and the worktree's code was tested."""
    testimony = read_testimonies(record.testimonies, record.nonce)
    check_imports(testimony)
    if {*codes, testimony.exitstatus} != {codes[0]}:
        raise DoubtError(
            f"pytest ended with {codes[0]}, but its report says {codes[1]} and its report log {codes[2]}"
        )
    return testimony


def _usable_exit_code(record: SessionRecord) -> int:
    result = record.result
    code = result.exit_code
    if result.ending == "timeout":
        raise DoubtError(f"pytest didn't end within {record.timeout:g} seconds{_last_words(record)}")
    if result.ending != "exited" or code is None:
        raise DoubtError(f"pytest was stopped ({result.ending}): {result.reason or 'no reason given'}")
    if code < 0:
        raise DoubtError(f"pytest {how_it_ended(code)}{_last_words(record)}")
    if code == INTERNAL:
        raise DoubtError(f"pytest had an internal error (exit code 3){_last_words(record)}")
    if code == USAGE:
        raise DoubtError(f"pytest couldn't start (exit code 4): {startup_error(record.log)}")
    if code not in (NOTHING_FAILED, SOME_FAILED, INTERRUPTED, NOTHING_COLLECTED):
        raise DoubtError(f"pytest {how_it_ended(code)}, not as it ends by itself{_last_words(record)}")
    return code


def _closed_session(record: SessionRecord) -> Witness:
    if record.events is None:
        raise DoubtError(f"pytest ended without its report log: {startup_error(record.log)}")
    witness = read_witness(record.events)
    if witness.exit_status is None:
        raise DoubtError(f"pytest ended without closing its report{_last_words(record)}")
    return witness


def _own_document(record: SessionRecord) -> tuple[Document, dict[str, Any]]:
    if record.report is None:
        raise DoubtError("pytest closed its session, but left no report of this run")
    document, raw = parse_document(record.report)
    if document.root not in {os.path.normpath(f"{root}/{record.below}") for root in record.roots}:
        raise DoubtError(f"the report is of another folder: {document.root}")
    check_document(document)
    return document, raw


def settle(document: Document, witness: Witness) -> dict[str, TestOutcome]:
    """Each test's outcome, where report and report log agree on it; sorted by node id."""
    told = {test.nodeid: test for test in document.tests}
    if told.keys() != witness.tests.keys():
        odd = sorted(told.keys() ^ witness.tests.keys())[0]
        raise DoubtError(f"the report and the report log name different tests, such as {odd}")
    return {node: _reconciled(told[node], witness.tests[node]) for node in sorted(told)}


def _reconciled(told: ReportedTest, seen: Seen) -> TestOutcome:
    """The outcome seen, if what the report tells of the test fits it."""
    final, outcome = seen.final, told.outcome
    if seen.own is None:
        raise DoubtError(f"{told.nodeid} was begun, but never came to an end")
    of_plugin = outcome in REPEATED or (bool(seen.subtests) and outcome.startswith(_OF_SUBTESTS))
    if final == "unknown" or (outcome not in _KNOWN and not of_plugin):
        raise DoubtError(f"{told.nodeid} has an outcome the harness doesn't know: {outcome}")
    of_subtest = outcome in seen.subtests and not {outcome, final} & FAILING
    if outcome == final or ((of_plugin or of_subtest) and _same_stages(told, seen)):
        return final
    raise DoubtError(f"{told.nodeid} is {outcome} in the report, but {final} in the report log")


def _same_stages(told: ReportedTest, seen: Seen) -> bool:
    """Whether both tell the same of setup, call and teardown, where the outcome is a plugin's word."""
    if told.stages == seen.stages:
        return True
    # pytest calls a test failed for its subtests after the report log has written it down.
    return bool(seen.subtests & FAILING) and told.stages == {**seen.stages, "call": "failed"}


def _collection_failed(code: int, document: Document, witness: Witness) -> bool:
    """Whether modules couldn't be collected; raises when pytest stopped for any other reason."""
    if document.failed_collectors != witness.failed_collectors.keys():
        raise DoubtError("the report and the report log name different collection errors")
    if witness.failed_collectors and code in (SOME_FAILED, INTERRUPTED):
        return True
    if witness.failed_collectors or code == INTERRUPTED:
        raise DoubtError(f"pytest was interrupted (exit code {code}) before all tests had run")
    return False


def _status(code: int, outcomes: Mapping[str, TestOutcome]) -> RunStatus:
    """What an exit code means, once it fits what was reported."""
    failed = sum(outcome in FAILING for outcome in outcomes.values())
    if code == NOTHING_COLLECTED and not outcomes:
        return "no_tests"
    if not outcomes:
        raise DoubtError(f"pytest ran no tests, but ended with exit code {code}")
    if (code == NOTHING_FAILED and failed) or (code == SOME_FAILED and not failed):
        hint = "" if failed else " (a plugin may have failed the run, a coverage threshold say)"
        raise DoubtError(f"pytest ended with exit code {code} and {failed} failed tests{hint}")
    if code == NOTHING_COLLECTED:
        raise DoubtError("pytest says that no tests were collected, but its report has some")
    return "completed"


def _remark(status: RunStatus, document: Document) -> str:
    if status == "broken":
        return f"{counted(len(document.failed_collectors), 'test module')} couldn't be collected"
    if status == "no_tests" and document.deselected:
        return f"all {document.deselected} collected tests were deselected"
    return "no tests were collected" if status == "no_tests" else ""


def _last_words(record: SessionRecord) -> str:
    try:
        told = reversed(read_witness(record.events or b"").tests)
    except DoubtError:
        return ""
    canary = record.canary
    last = next((node for node in told if canary is None or not canary.owns(node)), "")
    return f"; the last test it spoke of was {full_id(last, record.below)}" if last else ""


def _local(text: str, record: SessionRecord) -> str:
    """`text` with paths as they are in the repository."""
    for root in record.roots:
        text = text.replace(f"{root}/", "")
    return text


def _kept(record: SessionRecord, raw: Mapping[str, Any]) -> str:
    """The report as it is kept, in one line, without canaries."""
    told = {name: part for name, part in raw.items() if name != "canaries"}
    about = dict(record.about)
    if record.canary is not None:
        about["canaries"] = f"{len(raw.get('canaries', ()))} failed, as they must, and are left out"
    return json.dumps({**told, "tested_with": about}, sort_keys=True, separators=(",", ":"))
