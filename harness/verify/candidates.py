"""Building an attempt's candidate again, from where it started and what is recorded of its edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.agents.model import AgentReply
from harness.candidate import Candidate, NotBuilt, candidate_from_worktree
from harness.candidate_building import build_candidate
from harness.codes import all_explanations
from harness.git.candidate_index import apply_patch
from harness.phase.approval import waits_for_approval
from harness.phase.asking import says_truncated
from harness.phase.documents import AttemptDocument
from harness.phase.start import attempt_start, fix_conflict, fixed_start
from harness.verify.finding import Compared, Difference, Findings
from harness.verify.ledger import RecordedAttempt
from harness.verify.rules import Basis
from harness.verify.scene import Scene

REPLY_FILE = "reply.txt"
PATCH_FILE = "edits.patch"


def since_complete(history: tuple[AttemptDocument, ...]) -> tuple[AttemptDocument, ...]:
    """The attempts after the last complete one, which the next attempt could build on."""
    complete = [number for number, earlier in enumerate(history) if earlier.outcome == "complete"]
    return history[complete[-1] + 1 :] if complete else history


@dataclass(frozen=True, slots=True)
class Origin:
    """What an agent worked on: the commit and tree it was given as phase base, and the tree it began with."""

    base: str
    base_tree: str
    start: str


def possible_starts(scene: Scene, attempt: RecordedAttempt, base: str, base_tree: str) -> Iterator[str]:
    """Every tree an attempt on this base may have begun with: the base, what it was left, what a fix made."""
    yield base_tree
    fix, history = attempt.fix, since_complete(attempt.history)
    if fix is not None and scene.has(fix.commit or ""):
        yield fixed_start(scene.private, base, base_tree, fix, None).tree
    kept = [earlier for earlier in history if scene.has(earlier.commit or "")]
    yield attempt_start(scene.private, base, base_tree, kept).tree
    # In a ledger joined from two machines the attempt before may stand further back.
    for earlier in reversed(kept):
        yield attempt_start(scene.private, base, base_tree, [earlier]).tree
    # Older versions merged with all that led to the candidate, which shows where the run was dropped since.
    for earlier in reversed(kept):
        yield scene.private.merged_tree(base, earlier.commit or "") or base_tree


def rebuild(
    scene: Scene, attempt: RecordedAttempt, basis: Basis, origin: Origin
) -> Candidate | NotBuilt | None:
    """The candidate, or why there is none; None where the record holds nothing to build it from."""
    document = attempt.document
    if document.format in ("approved", "fix", "rejudged"):
        return _ready(scene, attempt, origin)
    if agent_failed(document):
        return None
    if document.format == "worktree":
        return _from_worktree(scene, attempt, origin)
    said = AgentReply("answered", usage=document.usage)
    return build_candidate(
        scene.private,
        origin.start,
        origin.base_tree,
        attempt.entry.files.get(REPLY_FILE, b""),
        truncated=says_truncated(said),
        strict=basis.config.edits.strict,
        limits=basis.config.edits.limits(),
    )


def agent_failed(document: AttemptDocument) -> bool:
    """Whether the agent gave no answer, so that nothing could follow from it."""
    if document.format != "none" or document.tree or not document.violations:
        return False
    known = all_explanations().get(document.violations[0].code)
    return known is not None and known.family == "agents"


def _ready(scene: Scene, attempt: RecordedAttempt, origin: Origin) -> Candidate | NotBuilt | None:
    """What a fix made, or the blocked candidate, each on the base it was given."""
    fix, private = attempt.fix, scene.private
    if attempt.document.format == "fix":
        if fix is None or not scene.has(fix.commit or ""):
            return None
        conflict = fix_conflict(private, origin.base, fix) if attempt.document.tree is None else None
        if conflict is not None:
            return NotBuilt(False, (conflict,), "fix")
        return Candidate(fixed_start(private, origin.base, origin.base_tree, fix, None).tree, "fix", None)
    waiting = [a for a in attempt.history if waits_for_approval(a) and scene.has(a.commit or "")]
    trees = [attempt_start(private, origin.base, origin.base_tree, [a]).tree for a in reversed(waiting)]
    known = [tree for tree in trees if tree == attempt.document.tree] or trees
    return Candidate(known[0], attempt.document.format, None) if known else None


def _from_worktree(scene: Scene, attempt: RecordedAttempt, origin: Origin) -> Candidate | None:
    patch = attempt.entry.files.get(PATCH_FILE)
    if patch is None:
        return candidate_from_worktree(origin.start) if attempt.document.tree else None
    tree = apply_patch(scene.private, origin.start, patch).tree
    return candidate_from_worktree(tree) if tree else None


def check_candidate(attempt: RecordedAttempt, built: Candidate | NotBuilt | None) -> Findings:
    """Whether the recorded candidate is the one that was built again."""
    document, tree = attempt.document, built.tree if isinstance(built, Candidate) else None
    yield Compared("candidates")
    if built is None:
        if document.tree:
            message = f"nothing in the record makes the tree {document.tree[:12]}"
            yield Difference("candidate-differs", message, PATCH_FILE)
    elif tree != document.tree:
        source = {
            "worktree": PATCH_FILE,
            "fix": "fix-result.json",
            "approved": "approval.json",
            "rejudged": "attempt.json",
        }
        path = source.get(document.format, REPLY_FILE)
        if path in (REPLY_FILE, PATCH_FILE) and path not in attempt.entry.files:
            yield Difference("reply-missing", "what the agent answered isn't in the record", path)
        else:
            message = f"recorded is {_short(document.tree)}, {path} makes {_short(tree)} of its start"
            yield Difference("candidate-differs", message, path)
    elif built.format != document.format or built.truncated not in (document.truncated, False):
        message = f"recorded as {document.format!r}, read as {built.format!r}"
        yield Difference("candidate-differs", message, REPLY_FILE)


def check_start(scene: Scene, attempt: RecordedAttempt, basis: Basis) -> Findings:
    """Whether the attempt began where the attempts before it left off."""
    document = attempt.document
    if document.start not in possible_starts(scene, attempt, document.base, basis.base_tree):
        message = f"{document.start[:12]} is neither the base nor what was left of an attempt"
        yield Difference("start-differs", message)


def _short(tree: str | None) -> str:
    return f"the tree {tree[:12]}" if tree else "no tree"
