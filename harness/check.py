"""`check`: edits to candidate to verdict, with nothing kept."""

from __future__ import annotations

import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.candidate import Candidate, NotBuilt, build_candidate, problem_violation
from harness.git.private import PrivateRepository
from harness.git.repository import Repository
from harness.git.tree import Tree
from harness.phase.documents import ViolationDocument
from harness.phase.finalizer import AttemptFacts, finalize
from harness.plan import Phase
from harness.policy.model import Rules, TreeChange, Violation
from harness.verdict import Judged, judge_candidate


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
        if isinstance(self.built, Candidate):
            counts = {"declared": self.built.declared, "applied": self.built.applied}
            return {**counts, "skipped": list(self.built.skipped), "rejected": []}
        numbers = {problem.operation for problem in self.built.problems if problem.operation is not None}
        rejected = [
            {
                "operation": p.operation,
                "code": p.code,
                "path": p.path,
                "message": p.message,
                "line": p.line,
            }
            for p in self.built.problems
        ]
        declared = len(numbers) + len(self.built.good)
        return {"declared": declared, "applied": 0, "skipped": [], "rejected": rejected}


def check(user: Repository, base: str, reply: bytes, rules: Rules, phase: Phase | None) -> CheckResult:
    """Judge a reply against the commit `base`. Moves no ref, writes nothing into the repository."""
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        private = PrivateRepository(Path(folder), user)
        tree = Tree(user.objects, base).oid
        built = build_candidate(private, tree, tree, reply)
        if isinstance(built, NotBuilt):
            violations = tuple(problem_violation(problem) for problem in built.problems)
            decision = "refused" if built.refused else "unusable"
            return CheckResult(decision, base, None, violations, (), built)
        deliverables, symbols = (phase.deliverables, phase.symbols) if phase else ((), {})
        judged = judge_candidate(private, tree, built, rules, deliverables, symbols)
        return _decide(base, tree, built, judged, phase)


def _decide(base: str, tree: str, built: Candidate, judged: Judged, phase: Phase | None) -> CheckResult:
    """The decision by the finalizer's own gates, the tests left out."""
    facts = AttemptFacts(
        "built",
        violations=judged.violations,
        missing=judged.missing,
        noop=built.tree == tree,
        allow_noop=phase.allow_noop if phase else False,
        deliverables=len(phase.deliverables) if phase else 0,
        tests="none",
    )
    decided = finalize(facts)
    decision = {"complete": "accepted", "unusable": "unusable"}.get(decided.outcome, "refused")
    return CheckResult(decision, base, built.tree, decided.violations, judged.changes, built)


def _change(change: TreeChange) -> dict[str, Any]:
    path = change.path.encode("utf-8", "backslashreplace").decode("utf-8")
    return {**dataclasses.asdict(change), "path": path}
