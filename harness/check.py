"""`check`: edits to candidate to verdict, with nothing kept."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from harness.candidate import Candidate, NotBuilt, problem_violation
from harness.candidate_building import build_candidate
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import Problem
from harness.git.private import PrivateRepository
from harness.git.repository import Repository
from harness.git.tree import Tree
from harness.phase.context import read_base_config
from harness.phase.documents import ViolationDocument, printable
from harness.phase.finalizer import AttemptFacts, finalize
from harness.phase.project_python import judged_by_project, tests_of
from harness.plan import Phase
from harness.policy.model import Rules, TreeChange, Violation
from harness.scratch import scratch_folder
from harness.verdict import Judged, judge_candidate


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reply is read: `named` is the format it has to be in, None to tell it by evidence."""

    limits: Limits = DEFAULT_LIMITS
    strict: bool = False
    truncated: bool = False
    named: str | None = None


DEFAULT_READING = Reading()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The answer of `check`. `decision` is accepted, refused or unusable."""

    decision: str
    base: str
    tree: str | None
    violations: tuple[Violation, ...]
    changes: tuple[TreeChange, ...]
    built: Candidate | NotBuilt

    def as_json(self) -> dict[str, Any]:
        """The document `harness.check/1`."""
        return {
            "schema": "harness.check/1",
            "format": self.built.format,
            "base": self.base,
            "tree": self.tree,
            "decision": self.decision,
            "violations": [ViolationDocument.of(v).model_dump() for v in self.violations],
            "changes": [_change(change) for change in self.changes],
            "operations": self._operations(),
            "truncated": self.built.truncated,
            "repairs": [dataclasses.asdict(repair) for repair in self.built.repairs],
        }

    def _operations(self) -> dict[str, Any]:
        built = self.built
        if isinstance(built, Candidate):
            declared, applied, rejected = built.declared, built.applied, []
            skipped, would_apply = list(built.skipped), []
        else:
            numbers = {problem.operation for problem in built.problems if problem.operation is not None}
            declared, applied, skipped = len(numbers) + len(built.good), 0, []
            rejected, would_apply = [_rejected(problem) for problem in built.problems], list(built.good)
        return {
            "declared": declared,
            "applied": applied,
            "skipped": skipped,
            "rejected": rejected,
            "would_apply": would_apply,
            "announced": built.total,
            "remaining": self.remaining,
        }

    @property
    def remaining(self) -> int | None:
        """How many operations `meta` announced that a cut reply doesn't have; None if it isn't known."""
        built = self.built
        if not built.truncated or built.total is None or isinstance(built, NotBuilt):
            return None
        return max(built.total - built.present, 0)


def check(
    user: Repository,
    base: str,
    reply: bytes,
    rules: Rules,
    phase: Phase | None,
    reading: Reading = DEFAULT_READING,
) -> CheckResult:
    """Judge a reply against the commit `base`. Moves no ref, writes nothing into the repository."""
    with scratch_folder() as folder:
        private = PrivateRepository(folder, user)
        tree = Tree(user.objects, base).oid
        built = build_candidate(
            private,
            tree,
            tree,
            reply,
            truncated=reading.truncated,
            strict=reading.strict,
            limits=reading.limits,
            named=reading.named,
        )
        if isinstance(built, NotBuilt):
            violations = tuple(problem_violation(problem) for problem in built.problems)
            decision = "refused" if built.refused else "unusable"
            return CheckResult(decision, base, None, violations, (), built)
        deliverables, symbols = (phase.deliverables, phase.symbols) if phase else ((), {})
        judged = judge_candidate(user, private, tree, built, rules, deliverables, symbols)
        config = read_base_config(user, base, None).config
        judged = judged_by_project(user, judged, tests_of(config, phase))
        if phase:
            from harness.phase.strength import judge_strength, phase_places

            places = phase_places(phase, config.tests)
            strength = judge_strength(private, tree, built.tree, judged, phase, places)
            judged = dataclasses.replace(judged, violations=(*judged.violations, *strength))
        return _decide(base, tree, built, judged, phase)


def _decide(base: str, tree: str, built: Candidate, judged: Judged, phase: Phase | None) -> CheckResult:
    """The decision by the finalizer's own gates, the tests left out."""
    facts = AttemptFacts(
        "built",
        violations=judged.violations,
        missing=judged.missing,
        noop=built.tree == tree,
        allow_noop=phase.allow_noop if phase else False,
        untouched=built.tree == tree,
        deliverables=len(phase.deliverables) if phase else 0,
        tests="none",
    )
    decided = finalize(facts)
    decision = {"complete": "accepted", "unusable": "unusable"}.get(decided.outcome, "refused")
    return CheckResult(decision, base, built.tree, decided.violations, judged.changes, built)


def _rejected(problem: Problem) -> dict[str, Any]:
    return {
        "operation": problem.operation,
        "code": problem.code,
        "path": printable(problem.path),
        "message": printable(problem.message),
        "hint": problem.hint,
        "line": problem.line,
        "nearest": [
            {"line": window.line, "lines": [printable(line) for line in window.lines]}
            for window in problem.nearest
        ],
    }


def _change(change: TreeChange) -> dict[str, Any]:
    return {**dataclasses.asdict(change), "path": printable(change.path)}
