"""From a reply to a candidate tree: parsed, planned, built in the quarantine, all or nothing."""

from __future__ import annotations

from harness.candidate import Candidate, NotBuilt
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import OperationEdits, PatchEdits, Unusable
from harness.edits.plan import plan
from harness.edits.reply import parse_reply
from harness.git.private import PrivateRepository
from harness.git.tree import Tree, write_tree
from harness.patch_candidate import changed_paths, patched_tree
from harness.policy.model import Declaration

# Problems that are refusals by policy, found before a tree can be built.
_REFUSALS = ("path-", "create-exists")


def build_candidate(
    private: PrivateRepository,
    start: str,
    base: str,
    reply: bytes,
    *,
    truncated: bool = False,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    named: str | None = None,
) -> Candidate | NotBuilt:
    """The candidate a reply makes of the tree `start`, in a phase whose base is the tree `base`.

    The keywords are those of `parse_reply`.
    """
    edits = parse_reply(reply, truncated=truncated, limits=limits, strict=strict, named=named)
    if isinstance(edits, Unusable):
        return _not_built(edits)
    if isinstance(edits, OperationEdits):
        return _from_operations(private, start, base, edits, limits, strict)
    return _from_patch(private, start, base, edits, limits)


def _from_operations(
    private: PrivateRepository, start: str, base: str, edits: OperationEdits, limits: Limits, strict: bool
) -> Candidate | NotBuilt:
    planned = plan(edits, Tree(private.objects, start), limits, strict)
    if isinstance(planned, Unusable):
        return _not_built(planned)
    tree = write_tree(private.objects, start, planned.files)
    base_tree = Tree(private.objects, base)
    declared = planned.declared if tree != start else frozenset[str]()  # changing nothing is a no-op
    declaration = Declaration(
        declared=declared,
        changed=changed_paths(private, start, tree) | (declared & changed_paths(private, base, tree)),
        created_over=frozenset(path for path in planned.created if base_tree.entry(path)),
    )
    return Candidate(
        tree,
        edits.format,
        declaration,
        declared=planned.applied,  # all or nothing, and what is skipped says that nothing changes
        applied=planned.applied,
        skipped=planned.skipped,
        truncated=edits.truncated,
        repairs=edits.repairs + planned.repairs,
        total=edits.total,
        present=len(edits.operations),
    )


def _from_patch(
    private: PrivateRepository, start: str, base: str, edits: PatchEdits, limits: Limits
) -> Candidate | NotBuilt:
    patched = patched_tree(private, start, base, edits, limits)
    if isinstance(patched, Unusable):
        return _not_built(patched)
    return Candidate(
        patched.tree,
        edits.format,
        patched.declaration,
        declared=len(edits.files),
        applied=len(edits.files),
        truncated=edits.truncated,
        repairs=patched.repairs,
    )


def _not_built(unusable: Unusable) -> NotBuilt:
    refused = bool(unusable.problems) and any(p.code.startswith(_REFUSALS) for p in unusable.problems)
    return NotBuilt(
        refused,
        unusable.problems,
        unusable.format,
        unusable.good,
        unusable.truncated,
        unusable.repairs,
        unusable.total,
    )
