"""`check`: edits to candidate to verdict, with nothing kept."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.candidate import Candidate, NotBuilt, build_candidate, problem_violation
from harness.git.private import PrivateRepository
from harness.git.repository import Repository
from harness.git.tree import Tree, tree_changes
from harness.phase.documents import ViolationDocument
from harness.plan import Phase
from harness.policy.deliverables import missing_deliverables
from harness.policy.judge import judge
from harness.policy.model import Rules, TreeChange, Violation


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
        base_tree = Tree(user.objects, base)
        built = build_candidate(private, base_tree.oid, base_tree.oid, reply)
        if isinstance(built, NotBuilt):
            violations = tuple(problem_violation(problem) for problem in built.problems)
            decision = "refused" if built.refused else "unusable"
            return CheckResult(decision, base, None, violations, (), built)
        changes = tree_changes(private.git, base_tree.oid, built.tree)
        added = [change.path for change in changes if change.old_oid is None]
        verdict = judge(changes, rules, built.declaration, sorted(base_tree.beside(added)))
        missing = _missing(phase, Tree(private.objects, built.tree))
        return _decide(base, built, (*verdict.violations, *missing), changes, phase)


def _missing(phase: Phase | None, tree: Tree) -> Sequence[Violation]:
    if phase is None:
        return ()
    return missing_deliverables(phase.deliverables, phase.symbols, tree)


def _decide(
    base: str,
    built: Candidate,
    violations: tuple[Violation, ...],
    changes: tuple[TreeChange, ...],
    phase: Phase | None,
) -> CheckResult:
    if not changes and not violations and not (phase and phase.allow_noop):
        noop = Violation("no-op", None, "the edits change nothing", "make the change that was meant")
        return CheckResult("unusable", base, built.tree, (noop,), changes, built)
    decision = "refused" if violations else "accepted"
    return CheckResult(decision, base, built.tree, violations, changes, built)


def _change(change: TreeChange) -> dict[str, Any]:
    path = change.path.encode("utf-8", "backslashreplace").decode("utf-8")
    return {**dataclasses.asdict(change), "path": path}
