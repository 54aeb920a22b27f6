"""The one completion authority: from the facts of an attempt to its outcome. Pure.

Every gate answers pass, fail or unknown, and unknown is not a pass. The outcome is decided in this order:

    edits not usable                -> unusable
    edits or candidate refused      -> refused
    nothing changed, work missing   -> unusable
    any other gate not "pass"       -> failed; blocked, where only a person's approval is missing
    otherwise                       -> complete
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from harness.checks.base_tests import BaseTests
from harness.checks.flaky import Rerun
from harness.checks.model import Delta, TestOutcome, TestRun
from harness.phase.base_tests import base_tests_answer
from harness.phase.documents import GateDocument, GateState, Outcome
from harness.policy.approvable import APPROVABLE
from harness.policy.model import Violation
from harness.wording import counted


@dataclass(frozen=True, slots=True)
class TestFacts:
    """What the tests established about a candidate.

    `base` is the run on the phase base, None where none could be had. `excused` are test files the
    phase may weaken: its deliverables and `allow_tests`. `base_tests` are the base's versions of changed
    tests, run on the candidate; None where there was no need. `unproven` are tests of the base that were
    changed where nothing is known of how they came out there. `reruns` were made for new failures, `tries`
    is what became of these in them. `delivered` are the deliverables that are modules of tests, `absent` are
    the paths of tests that the candidate doesn't have.
    """

    candidate: TestRun
    base: TestRun | None
    delta: Delta
    required: Sequence[str] = ()
    excused: frozenset[str] = frozenset()
    base_tests: BaseTests | None = None
    unproven: Sequence[str] = ()
    reruns: Sequence[Rerun] = ()
    tries: Mapping[str, Sequence[TestOutcome]] = field(default_factory=dict)
    delivered: Sequence[str] = ()
    absent: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """Everything an outcome depends on.

    `edits` says whether a candidate was built, or why not (`problems` then say more). `tests` is None
    where they were not run, "none" where the plan says there are none to run. `approved` are the codes
    that a person let pass for exactly this candidate.
    """

    edits: Literal["built", "refused", "unusable"]
    problems: Sequence[Violation] = ()
    violations: Sequence[Violation] = ()
    missing: Sequence[Violation] = ()
    noop: bool = False
    allow_noop: bool = False
    untouched: bool = False  # the candidate is the phase base, so no attempt has made anything
    deliverables: int = 1  # how many the phase has; without any, doing nothing can't be enough
    tests: TestFacts | Literal["none"] | None = None
    approved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, each gate's answer, and every reason against the attempt."""

    outcome: Outcome
    gates: tuple[GateDocument, ...]
    violations: tuple[Violation, ...]
    warnings: tuple[str, ...] = ()


def finalize(facts: AttemptFacts) -> Decision:
    """The outcome of an attempt."""
    if facts.edits != "built":
        gate = GateDocument(name="edits", state="fail", reason=_codes(facts.problems))
        return Decision(facts.edits, (gate,), tuple(facts.problems))
    noop, noop_violations, warnings = _noop_gate(facts)
    missing = () if _nothing_to_do(facts) else facts.missing
    tests, test_violations, test_warnings = _approved(*_tests_gate(facts.tests), facts.approved)
    gates = (
        GateDocument(name="edits", state="pass"),
        _gate("policy", facts.violations),
        noop,
        _gate("deliverables", missing),
        tests,
    )
    reasons = (*facts.violations, *noop_violations, *missing, *test_violations)
    return Decision(_outcome(gates, reasons), gates, reasons, (*warnings, *test_warnings))


def worth_testing(facts: AttemptFacts) -> bool:
    """Whether tests could still change the outcome of an attempt."""
    return facts.edits == "built" and finalize(facts).outcome not in ("refused", "unusable")


def _outcome(gates: Sequence[GateDocument], reasons: Iterable[Violation]) -> Outcome:
    failing = {gate.name for gate in gates if gate.state != "pass"}
    if "policy" in failing:
        return "refused"
    if "no-op" in failing:
        return "unusable"
    if not failing:
        return "complete"
    known = all(gate.state != "unknown" for gate in gates)
    return "blocked" if known and all(reason.code in APPROVABLE for reason in reasons) else "failed"


def _approved(
    gate: GateDocument,
    violations: Sequence[Violation],
    warnings: Sequence[str],
    approved: frozenset[str],
) -> tuple[GateDocument, Sequence[Violation], Sequence[str]]:
    """The tests gate without the faults that were approved; one that is unknown stays so."""
    waived = [violation for violation in violations if violation.code in approved & APPROVABLE]
    if not waived or gate.state == "unknown":
        return gate, violations, warnings
    left = [violation for violation in violations if violation not in waived]
    told = [f"approved: {violation.message} [{violation.code}]" for violation in waived]
    return _gate("tests", left), left, [*warnings, *told]


def _gate(name: str, violations: Sequence[Violation]) -> GateDocument:
    return GateDocument(name=name, state="fail" if violations else "pass", reason=_codes(violations))


def _codes(violations: Sequence[Violation]) -> str:
    return ", ".join(dict.fromkeys(violation.code for violation in violations))


def _noop_gate(facts: AttemptFacts) -> tuple[GateDocument, Sequence[Violation], Sequence[str]]:
    if not facts.noop or facts.violations:  # what is refused has its reason already
        return GateDocument(name="no-op", state="pass"), (), ()
    if facts.allow_noop or (facts.deliverables and not facts.missing):
        without = [
            f"without {v.path}: {v.message} [{v.code}]" for v in facts.missing if _nothing_to_do(facts)
        ]
        if facts.untouched and not facts.allow_noop:
            without = ["all deliverables were there already: see whether the goal is reached"]
        return GateDocument(name="no-op", state="pass"), (), ("the attempt changed nothing", *without)
    violation = Violation(
        "no-op", None, "the edits change nothing, and the phase isn't done", "make the change that was meant"
    )
    return GateDocument(name="no-op", state="fail", reason="no-op"), (violation,), ()


def _nothing_to_do(facts: AttemptFacts) -> bool:
    """Whether nothing was done, and the phase says that this may be right: then nothing is missing."""
    return facts.noop and facts.untouched and facts.allow_noop


def _tests_gate(
    tests: TestFacts | Literal["none"] | None,
) -> tuple[GateDocument, Sequence[Violation], Sequence[str]]:
    if tests == "none":
        return GateDocument(name="tests", state="pass", reason="none, by the plan's choice"), (), ()
    if tests is None:
        return GateDocument(name="tests", state="unknown", reason="not run"), (), ()
    warnings = [*filter(None, [baseline_warning(tests.base)]), *_narrowed(tests), *_flaky(tests)]
    if tests.candidate.status == "completed":
        again, unknown, rewritten = base_tests_answer(tests.base_tests, tests.unproven)
        violations = [*_failures(tests), *_weakened(tests), *again, *_required(tests)]
        if not violations and not unknown:
            unknown = _all_skipped(tests.candidate)
        gate = _gate("tests", violations)
        if unknown and not violations:
            gate = GateDocument(name="tests", state="unknown", reason=unknown[0].message)
        return gate, [*violations, *unknown], [*warnings, *_not_collected(tests), *rewritten]
    state, violation = _not_completed(tests.candidate)
    gate = GateDocument(name="tests", state=state, reason=violation.message)
    collection = [
        Violation("collection-error", _file(node), f"{node}: {line}", "the tests must be importable")
        for node, line in sorted(tests.candidate.collection_errors.items())
    ]
    return gate, (violation, *collection), warnings


def _not_completed(run: TestRun) -> tuple[GateState, Violation]:
    if run.status == "broken":
        return "fail", Violation("tests-broken", None, run.why or "the tests can't be collected")
    if run.status == "no_tests":
        return "unknown", _no_tests(run.why or "there are no tests, so nothing is known about the candidate")
    code = run.doubt or "tests-unknown"
    return "unknown", Violation(code, None, run.why or "nothing is known about the tests")


def _all_skipped(run: TestRun) -> list[Violation]:
    if set(run.outcomes.values()) != {"skipped"}:
        return []
    skipped = counted(len(run.outcomes), "test")
    return [_no_tests(f"of {skipped} none was run, all are skipped: nothing is known about the candidate")]


def _no_tests(why: str) -> Violation:
    hint = 'add a test, or say `tests = "none"` in the phase if there is nothing to test'
    return Violation("no-tests", None, why, hint)


def _failures(tests: TestFacts) -> list[Violation]:
    known = set(tests.delta.newly_failing) | set(tests.delta.still_failing)
    unknown = [
        node
        for node, outcome in tests.candidate.outcomes.items()
        if outcome == "unknown" and node not in known
    ]
    return [
        Violation("test-failed", _file(node), f"{node}: {_first_line(tests, node)}", _again(tests, node))
        for node in (*tests.delta.newly_failing, *sorted(unknown))
    ]


def _weakened(tests: TestFacts) -> list[Violation]:
    hint = "keep it; a phase that may weaken tests names the file in `allow_tests`"
    found = [("test-removed", node, "passed before and is gone now") for node in tests.delta.removed]
    found += [
        ("test-skipped", node, "passed before and is skipped or expected to fail now")
        for node in tests.delta.newly_skipped
    ]
    return [
        Violation(code, _file(node), f"{node}: {message}", hint)
        for code, node, message in found
        if _file(node) not in tests.excused
    ]


def _required(tests: TestFacts) -> list[Violation]:
    passed = {node for node, outcome in tests.candidate.outcomes.items() if outcome in ("passed", "xpassed")}
    return [
        Violation("required-test", _file(node), f"{node}: is required and didn't pass", "make it pass")
        for node in tests.required
        if not _passes(node, tests, passed)
    ]


def _passes(required: str, tests: TestFacts, passed: set[str]) -> bool:
    """Whether a required id passed: itself, or every test below it (a file, a class, all parameters)."""
    below = [
        node
        for node in tests.candidate.outcomes
        if node == required or node.startswith((required + "::", required + "["))
    ]
    return bool(below) and all(node in passed for node in below)


def baseline_warning(base: TestRun | None) -> str:
    """What to say where nothing, or little, is known of the tests on the phase base; else ""."""
    if base is None or base.status == "unknown":
        why = base.why if base else "it was not run"
        return f"no baseline ({why}): every test has to pass"
    if base.status != "broken":
        return ""
    first = next((f" ({node}: {text})" for node, text in base.collection_errors.items()), "")
    return f"the tests of the phase base can't be collected{first}: every test has to pass"


def _again(tests: TestFacts, node: str) -> str:
    """What to do about a failing test; one that passed in a rerun, and not in all, depends on others."""
    if "passed" not in tests.tries.get(node, ()):
        return "make it pass"
    return (
        "it passes when run without the others, where they were run before: find which test, file or other"
        " state it depends on"
    )


def _flaky(tests: TestFacts) -> list[str]:
    return [
        f"flaky-test: {node} failed, and run again it came out {', '.join(tests.tries.get(node, ()))}"
        for node in tests.delta.flaky
    ]


def _not_collected(tests: TestFacts) -> list[str]:
    ran = {_file(node) for node, outcome in tests.candidate.outcomes.items() if outcome != "skipped"}
    absent = [f"tests-not-collected: {path} is to be run, and isn't there" for path in tests.absent]
    return absent + [
        f"tests-not-collected: {path} is a deliverable, and none of its tests was run"
        for path in tests.delivered
        # pytest's own root may be a folder of the repository.
        if not any(f"/{path}".endswith(f"/{file}") for file in ran)
    ]


def _narrowed(tests: TestFacts) -> list[str]:
    return [f"{node} has fewer parameters than before" for node in tests.delta.narrowed]


def _file(node: str) -> str:
    return node.split("::", 1)[0]


def _first_line(tests: TestFacts, node: str) -> str:
    outcome = tests.candidate.outcomes.get(node, "failed")
    return tests.candidate.details.get(node, "").strip().split("\n", 1)[0] or outcome
