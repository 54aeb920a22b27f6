"""From a reply to a candidate tree: parsed, planned, built in the quarantine, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from harness.edits.model import OperationEdits, PatchEdits, Problem, Repair, Unusable
from harness.edits.plan import plan
from harness.edits.reply import parse_reply
from harness.git.candidate_index import apply_patch, patch_paths
from harness.git.private import PrivateRepository
from harness.git.tree import Tree, tree_changes, write_tree
from harness.policy.model import Declaration, Violation
from harness.policy.path_safety import path_violation


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tree the edits make of the start tree, and what they said they would do."""

    tree: str
    format: str
    declaration: Declaration | None
    declared: int = 0
    applied: int = 0
    skipped: tuple[int, ...] = ()
    truncated: bool = False
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class NotBuilt:
    """Edits nothing was built from: refused where an edit names what no edit may, else unusable."""

    refused: bool
    problems: tuple[Problem, ...]
    format: str
    good: tuple[int, ...] = ()
    truncated: bool = False
    repairs: tuple[Repair, ...] = ()


# Problems that are refusals by policy, found before a tree can be built.
_REFUSALS = ("path-", "create-exists")


def build_candidate(
    private: PrivateRepository, start: str, base: str, reply: bytes, *, truncated: bool = False
) -> Candidate | NotBuilt:
    """The candidate a reply makes of the tree `start`, in a phase whose base is the tree `base`."""
    edits = parse_reply(reply, truncated=truncated)
    if isinstance(edits, Unusable):
        return _not_built(edits)
    if isinstance(edits, OperationEdits):
        return _from_operations(private, start, base, edits)
    return _from_patch(private, start, base, edits)


def candidate_from_worktree(tree: str) -> Candidate:
    """The candidate an agent made by editing its worktree: it declares nothing."""
    return Candidate(tree, "worktree", None)


def _from_operations(
    private: PrivateRepository, start: str, base: str, edits: OperationEdits
) -> Candidate | NotBuilt:
    planned = plan(edits, Tree(private.objects, start))
    if isinstance(planned, Unusable):
        return _not_built(planned)
    tree = write_tree(private.objects, start, planned.files)
    base_tree = Tree(private.objects, base)
    declaration = Declaration(
        declared=planned.declared,
        changed=_changed(private, start, tree) | (planned.declared & _changed(private, base, tree)),
        created_over=frozenset(path for path in planned.created if base_tree.entry(path)),
    )
    return Candidate(
        tree,
        edits.format,
        declaration,
        declared=len(edits.operations),
        applied=planned.applied,
        skipped=planned.skipped,
        truncated=edits.truncated,
        repairs=edits.repairs,
    )


def _from_patch(private: PrivateRepository, start: str, base: str, edits: PatchEdits) -> Candidate | NotBuilt:
    applied = apply_patch(private, _without_earlier(private, start, base, edits), edits.patch)
    if applied.tree is None:
        problems = _unsafe_paths(private, edits) or _why_not(private, base, edits, applied.words)
        return _not_built(Unusable(problems, edits.format, repairs=edits.repairs))
    sides = frozenset(path for file in edits.files for path in (file.source, file.target) if path is not None)
    declaration = Declaration(
        declared=sides,
        changed=_changed(private, start, applied.tree) | (sides & _changed(private, base, applied.tree)),
        created_over=_created_over(private, base, edits),
        copied_from=frozenset(file.source for file in edits.files if file.kind == "copy" and file.source),
    )
    return Candidate(
        applied.tree,
        edits.format,
        declaration,
        declared=len(edits.files),
        applied=len(edits.files),
        truncated=edits.truncated,
        repairs=edits.repairs,
    )


def _without_earlier(private: PrivateRepository, start: str, base: str, edits: PatchEdits) -> str:
    """The start, less files the diff creates that only an earlier attempt made: those it replaces."""
    before, phase_base = Tree(private.objects, start), Tree(private.objects, base)
    created = [file.target for file in edits.files if file.kind == "add" and file.target]
    earlier = [path for path in created if before.entry(path) and not phase_base.entry(path)]
    return write_tree(private.objects, start, dict.fromkeys(earlier)) if earlier else start


def _unsafe_paths(private: PrivateRepository, edits: PatchEdits) -> tuple[Problem, ...]:
    # git's reading of the targets counts, and what the text names beside it.
    named = {path for file in edits.files for path in (file.source, file.target) if path is not None}
    paths = sorted(patch_paths(private, edits.patch) | named)
    violations = [violation for path in paths if (violation := path_violation(path))]
    return tuple(Problem(v.code, v.message, v.hint, v.path) for v in violations)


def _why_not(
    private: PrivateRepository, base: str, edits: PatchEdits, words: tuple[str, ...]
) -> tuple[Problem, ...]:
    existing = Tree(private.objects, base)
    over = [
        file.target
        for file in edits.files
        if file.kind == "add" and file.target and existing.entry(file.target)
    ]
    if over:
        return tuple(
            Problem(
                "create-exists",
                "the diff creates it, but it exists already",
                "write a diff against the file as it is",
                path,
            )
            for path in over
        )
    return (
        Problem(
            "patch-does-not-apply",
            "; ".join(words) or "git can't apply the diff",
            "write the diff again against the files as they are now; nothing of it was kept",
        ),
    )


def _created_over(private: PrivateRepository, base: str, edits: PatchEdits) -> frozenset[str]:
    tree = Tree(private.objects, base)
    added = (file.target for file in edits.files if file.kind == "add" and file.target)
    return frozenset(path for path in added if tree.entry(path))


def _changed(private: PrivateRepository, start: str, tree: str) -> frozenset[str]:
    return frozenset(change.path for change in tree_changes(private.git, start, tree))


def _not_built(unusable: Unusable) -> NotBuilt:
    refused = bool(unusable.problems) and any(p.code.startswith(_REFUSALS) for p in unusable.problems)
    return NotBuilt(
        refused,
        unusable.problems,
        unusable.format,
        unusable.good,
        unusable.truncated,
        unusable.repairs,
    )


def problem_violation(problem: Problem) -> Violation:
    """A problem in the words every front end shows."""
    where = f"operation {problem.operation}: " if problem.operation is not None else ""
    line = f" (line {problem.line} of the reply)" if problem.line is not None else ""
    return Violation(problem.code, problem.path, f"{where}{problem.message}{line}", problem.hint)
