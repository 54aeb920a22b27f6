"""Candidates that were merged with what other phases of the run had landed while their agent worked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from harness.candidate import Candidate, NotBuilt
from harness.edits.model import Problem
from harness.phase.documents import AttemptDocument
from harness.verify.candidates import Origin, possible_starts, rebuild
from harness.verify.ledger import RecordedAttempt
from harness.verify.rules import Basis, reason
from harness.verify.scene import Scene

# Commits looked back for the one an agent was given; every phase that landed meanwhile is two.
_FURTHEST = 128
_CONFLICT = "merge-conflict"


def agrees(document: AttemptDocument, built: Candidate | NotBuilt | None) -> bool:
    """Whether what was built is what the attempt says of itself."""
    if isinstance(built, NotBuilt):
        found = set(map(reason, built.problems))
        return document.tree is None and found == set(map(reason, document.violations))
    return (built.tree if built else None) == document.tree


def rebuild_landed(scene: Scene, attempt: RecordedAttempt, basis: Basis) -> Candidate | NotBuilt | None:
    """The candidate on an earlier commit of the run, merged into the base it was judged on.

    None where no such commit gives what is recorded of the attempt.
    """
    for base in _earlier(scene, attempt):
        facts = scene.commit(base)
        if facts is None:
            return None
        for start in dict.fromkeys(possible_starts(scene, attempt, base, facts.tree)):
            origin = Origin(base, facts.tree, start)
            built = rebuild(scene, attempt, basis, origin)
            if _moved_start(scene, attempt, basis, origin, built) != attempt.document.start:
                continue
            merged = _merged(scene, attempt, base, built) if isinstance(built, Candidate) else built
            if merged is not None and agrees(attempt.document, merged):
                return merged
    return None


def _moved_start(
    scene: Scene,
    attempt: RecordedAttempt,
    basis: Basis,
    origin: Origin,
    built: Candidate | NotBuilt | None,
) -> str:
    """The start as it is recorded of an attempt that was moved: merged, too, or else the new base."""
    if not isinstance(built, Candidate) or origin.start == origin.base_tree:
        return basis.base_tree
    commit = _commit(scene, origin.start, origin.base)
    return scene.private.merged_tree(attempt.document.base, commit) or basis.base_tree


def _commit(scene: Scene, tree: str, base: str) -> str:
    return scene.private.commit(tree, [base], "Before landing\n", scene.user.identity)


def _earlier(scene: Scene, attempt: RecordedAttempt) -> Iterator[str]:
    """The commit the attempt says it was asked on; then those before the base, newest first."""
    asked = getattr(attempt.document, "asked", None)
    if asked is not None:
        yield asked.base
    commit = scene.commit(attempt.document.base)
    for _ in range(_FURTHEST):
        if commit is None or commit.run != attempt.run or not commit.parents:
            return
        yield commit.parents[0]
        commit = scene.commit(commit.parents[0])


def _merged(scene: Scene, attempt: RecordedAttempt, base: str, built: Candidate) -> Candidate | NotBuilt:
    private, onto = scene.private, attempt.document.base
    commit = _commit(scene, built.tree, base)
    tree = private.merged_tree(onto, commit)
    if tree is not None:
        return dataclasses.replace(built, tree=tree)
    paths = private.conflicting_paths(onto, commit)
    problem = Problem(_CONFLICT, "", path=paths[0] if len(paths) == 1 else None)
    return NotBuilt(False, (problem,), built.format)
