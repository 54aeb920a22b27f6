"""Judging an attempt's candidate again, and holding its outcome against what follows from its gates."""

from __future__ import annotations

from collections.abc import Iterable

from harness.candidate import Candidate, NotBuilt, problem_violation
from harness.codes import all_explanations
from harness.phase.documents import AttemptDocument, GateDocument
from harness.phase.finalizer import AttemptFacts, Decision, finalize
from harness.phase.strength import judge_strength, phase_places
from harness.policy.approvable import APPROVABLE
from harness.verdict import judge_candidate
from harness.verify.escalations import check_escalation
from harness.verify.finding import Compared, Difference, Findings, Remark
from harness.verify.ledger import RecordedAttempt
from harness.verify.rules import Basis, reason, recorded_rules, same_version
from harness.verify.scene import Scene

# Decided by lists that are recorded, so a newer harness judges them as the older one did.
_BY_RECORD = frozenset({"protected-path", "harness-file", "out-of-scope"})
# Where the codes of what needs no test to be known are explained.
_RULE_FAMILIES = frozenset(
    {"policy", "content", "paths", "edits", "edit_blocks", "edit_diffs", "edit_formats"}
)
_DELIVERABLES = frozenset({"deliverable-missing", "deliverable-empty", "symbol-missing"})


def decide_again(
    scene: Scene, attempt: RecordedAttempt, basis: Basis, built: Candidate | NotBuilt
) -> Decision:
    """The finalizer's decision on the candidate, with everything but the tests."""
    if isinstance(built, NotBuilt):
        problems = [problem_violation(problem) for problem in built.problems]
        return finalize(AttemptFacts("refused" if built.refused else "unusable", problems=problems))
    phase, rules = basis.phase, recorded_rules(attempt, basis)
    judged = judge_candidate(
        scene.user, scene.private, basis.base_tree, built, rules, phase.deliverables, phase.symbols
    )
    places = phase_places(phase, None if phase.tests == "none" else basis.config.tests)
    strength = judge_strength(scene.private, basis.base_tree, built.tree, judged, phase, places)
    return finalize(
        AttemptFacts(
            "built",
            violations=(*judged.violations, *strength),
            missing=judged.missing,
            noop=built.tree == attempt.document.start,
            allow_noop=phase.allow_noop,
            untouched=built.tree == basis.base_tree,
            deliverables=len(phase.deliverables),
            tests="none",
        )
    )


def check_verdict(attempt: RecordedAttempt, decision: Decision) -> Findings:
    """Whether the recorded reasons are those that today's rules give."""
    document = attempt.document
    yield Compared("verdicts")
    found = {reason(violation) for violation in decision.violations}
    recorded = {reason(violation) for violation in document.violations}
    for code, path in sorted(found - recorded, key=str):
        yield _disagreement(attempt, code, path, "the rules say")
    for code, path in sorted(recorded - found, key=str):
        if not _of_tests(document, code):
            yield _disagreement(attempt, code, path, "the record says, and the rules don't,")


def _disagreement(attempt: RecordedAttempt, code: str, path: str | None, who: str) -> Difference | Remark:
    if same_version(attempt) or code in _BY_RECORD:
        return Difference("verdict-differs", f"{who} {code}", path)
    version = attempt.context.get("harness") or "unknown"
    return Remark("verdict-of-another-version", f"{who} {code}; recorded by harness {version}", path)


def _of_tests(document: AttemptDocument, code: str) -> bool:
    """Whether a reason can have come from the tests, or from landing, which no rule can repeat."""
    landing = {gate.reason for gate in document.gates if gate.name == "landing" and gate.state != "pass"}
    if code in landing:
        return True
    known = all_explanations().get(code)
    rule = code in _DELIVERABLES or (known is not None and known.family in _RULE_FAMILIES)
    return document.tests.status not in ("none", "not_run") and not rule


def check_outcome(attempt: RecordedAttempt, decision: Decision) -> Findings:
    """Whether the recorded gates and outcome follow from the verdict and from each other."""
    document = attempt.document
    again = {gate.name: gate.state for gate in decision.gates if gate.name != "tests"}
    for gate in document.gates:
        if gate.name in again and gate.state != again[gate.name]:
            message = f"the gate {gate.name!r} is recorded as {gate.state}, and is {again[gate.name]}"
            # Another version's rules can differ; what they decided is told with the verdict.
            kind = Difference if same_version(attempt) else Remark
            yield kind("outcome-differs", message, "attempt.json")
    follows = _follows(document, decision)
    if document.judged not in follows:
        message = f"recorded as {document.judged}; from its gates it follows {' or '.join(sorted(follows))}"
        yield Difference("outcome-differs", message, "attempt.json")
    yield from check_escalation(document)


def _follows(document: AttemptDocument, decision: Decision) -> frozenset[str]:
    """The outcomes that can follow from the recorded gates, which the verdict's are among."""
    states = {gate.name: gate.state for gate in document.gates}
    if states.get("edits") != "pass":
        unbuilt = frozenset({"refused", "unusable"})
        return unbuilt & {decision.outcome} or unbuilt
    if states.get("policy") != "pass":
        return frozenset({"refused"})
    if states.get("no-op") != "pass":
        return frozenset({"unusable"})
    if not _open(document.gates):
        return frozenset({"complete"})
    return frozenset({"blocked" if _is_blocked(document) else "failed"})


def _is_blocked(document: AttemptDocument) -> bool:
    """Whether nothing but landing, or a person's approval, stands against an attempt."""
    still_open = [gate for gate in document.gates if gate.state != "pass"]
    if all(gate.name == "landing" for gate in still_open):
        return True
    known = all(gate.state == "fail" for gate in still_open)
    return known and all(violation.code in APPROVABLE for violation in document.violations)


def _open(gates: Iterable[GateDocument]) -> list[str]:
    return [gate.name for gate in gates if gate.state != "pass"]


def agent_failure_outcome(document: AttemptDocument) -> Findings:
    """An attempt whose agent failed can't have come to anything."""
    if document.judged != "unusable" or document.commit:
        yield Difference("outcome-differs", f"the agent failed, but it is {document.judged}", "attempt.json")
    yield from check_escalation(document)
