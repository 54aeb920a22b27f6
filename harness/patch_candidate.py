"""From a diff to a tree: every hunk put in its place, applied by git, read again as git read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.edits.diff_fit import FittedPatch, ReadFile, fit_patch
from harness.edits.limits import Limits
from harness.edits.model import PatchEdits, Problem, Unusable
from harness.edits.repairs import Repair
from harness.git.candidate_index import PatchedPath, apply_patch, patch_paths
from harness.git.private import PrivateRepository
from harness.git.tree import Tree, tree_changes, write_tree
from harness.paths import shown
from harness.policy.model import Declaration
from harness.policy.path_safety import path_violation


@dataclass(frozen=True, slots=True)
class PatchedTree:
    """The tree git made of a diff, what its text declares, and the repairs it needed."""

    tree: str
    declaration: Declaration
    repairs: tuple[Repair, ...]


def patched_tree(
    private: PrivateRepository, start: str, base: str, edits: PatchEdits, limits: Limits
) -> PatchedTree | Unusable:
    """What a diff makes of the tree `start`, in a phase whose base is the tree `base`."""
    before = _without_earlier(private, start, base, edits)
    fitted = fit_patch(edits, Tree(private.objects, before), limits)
    if isinstance(fitted, Unusable):
        problems = _unsafe_paths(private, edits) or _created_anew(private, base, edits) or fitted.problems
        return _unusable(edits, problems, fitted.repairs, fitted.good)
    applied = apply_patch(private, before, fitted.patch)
    if applied.tree is None:
        problems = _unsafe_paths(private, edits) or _created_anew(private, base, edits)
        return _unusable(edits, problems or (_refused(applied.words),), fitted.repairs)
    if misread := _misread(fitted, applied.read):
        return _unusable(edits, _unsafe_paths(private, edits) or (misread,), fitted.repairs)
    return PatchedTree(applied.tree, _declaration(private, start, base, edits, applied.tree), fitted.repairs)


def changed_paths(private: PrivateRepository, start: str, tree: str) -> frozenset[str]:
    """The paths in which two trees differ."""
    return frozenset(change.path for change in tree_changes(private.git, start, tree))


def _declaration(
    private: PrivateRepository, start: str, base: str, edits: PatchEdits, tree: str
) -> Declaration:
    named = (path for file in edits.files for path in (file.source, file.target) if path is not None)
    sides = frozenset(named if tree != start else ())  # changing nothing is a no-op
    return Declaration(
        declared=sides,
        changed=changed_paths(private, start, tree) | (sides & changed_paths(private, base, tree)),
        created_over=frozenset(_existing(private, base, edits)),
        copied_from=frozenset(file.source for file in edits.files if file.kind == "copy" and file.source),
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


def _created_anew(private: PrivateRepository, base: str, edits: PatchEdits) -> tuple[Problem, ...]:
    message, hint = "the diff creates it, but it exists already", "write a diff against the file as it is"
    return tuple(Problem("create-exists", message, hint, path) for path in _existing(private, base, edits))


def _existing(private: PrivateRepository, base: str, edits: PatchEdits) -> list[str]:
    """The files the diff creates that the phase base has already."""
    tree = Tree(private.objects, base)
    added = (file.target for file in edits.files if file.kind == "add" and file.target)
    return [path for path in added if tree.entry(path)]


def _refused(words: Sequence[str]) -> Problem:
    return Problem(
        "patch-does-not-apply",
        "; ".join(words) or "git can't apply the diff",
        "Write the diff again against the files as they are now. Nothing of it was kept.",
    )


def _misread(fitted: FittedPatch, read: Sequence[PatchedPath]) -> Problem | None:
    """The first file of a diff that git read in another way than it was read here."""
    found = [ReadFile(file.path, file.added, file.removed) for file in read]
    if found == list(fitted.files):
        return None
    pairs = zip([*fitted.files, None], [*found, None], strict=False)
    ours, gits = next((a, b) for a, b in pairs if a != b)
    message = f"git reads {_told(gits)} where the text has {_told(ours)}"
    hint = "Write the diff as `git diff` does: plain headers, complete hunks, and all of the binary data."
    return Problem("diff-misread", message, hint, ours.path if ours else None)


def _told(file: ReadFile | None) -> str:
    if file is None:
        return "nothing more"
    lines = "binary data" if file.added is None else f"+{file.added} -{file.removed} lines"
    return f"`{shown(file.path)}` with {lines}"


def _unusable(
    edits: PatchEdits, problems: tuple[Problem, ...], repairs: tuple[Repair, ...], good: tuple[int, ...] = ()
) -> Unusable:
    return Unusable(problems, edits.format, good, edits.truncated, repairs)
