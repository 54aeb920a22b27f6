"""The commits of an attempt: tree, parent and trailers as recorded, kept alive by the ledger."""

from __future__ import annotations

from harness.git.tree import Tree, tree_changes
from harness.phase.evidence import agent_trailer
from harness.phase.samples import telemetry_path
from harness.verify.commits import CommitFacts
from harness.verify.finding import Compared, Difference, Findings
from harness.verify.ledger import RecordedAttempt, missing_pins
from harness.verify.scene import Scene


def wanted_trailers(attempt: RecordedAttempt) -> dict[str, str]:
    """The trailers the attempt's commit has to carry."""
    document = attempt.document
    return {
        "Run-Id": attempt.run,
        "Phase-Id": attempt.phase,
        "Attempt": str(document.number),
        "Agent": agent_trailer(str(attempt.context.get("agent", "")), document.usage.model),
        "Base-Commit": document.base,
    }


def check_commit(scene: Scene, attempt: RecordedAttempt) -> Findings:
    """The candidate's commit, and the telemetry commit on top of it where it landed."""
    document, branch = attempt.document, attempt.seal.branch
    tip = branch.new if branch else None
    for name in missing_pins(attempt.entry, {"candidate": document.commit, "telemetry": tip}):
        yield Difference("ledger-broken", f"its entry doesn't hold the {name} commit it names")
    if document.commit is None:
        return
    commit = scene.commit(document.commit)
    if commit is None:
        yield Difference("object-missing", "the candidate's commit isn't in this repository", document.commit)
        return
    yield Compared("commits")
    yield from _check_content(attempt, commit)
    yield from check_trailers(attempt, commit)
    if document.outcome == "complete":
        yield from _check_landing(scene, attempt, tip)


def _check_content(attempt: RecordedAttempt, commit: CommitFacts) -> Findings:
    document = attempt.document
    if commit.tree != document.tree:
        message = f"its tree is {commit.tree[:12]}, what was tested is {(document.tree or 'none')[:12]}"
        yield Difference("commit-rewritten", message, commit.oid)
    if commit.parents != (document.base,):
        yield Difference("commit-rewritten", "its parent isn't the phase base", commit.oid)


def check_trailers(attempt: RecordedAttempt, commit: CommitFacts) -> Findings:
    """Every trailer that isn't as recorded."""
    for key, value in wanted_trailers(attempt).items():
        found = commit.trailers[key]
        if found != value:
            message = f"{key} of {commit.oid[:12]} is {found or 'missing'}, recorded is {value}"
            yield Difference("trailer-changed", message, key)


def _check_landing(scene: Scene, attempt: RecordedAttempt, tip: str | None) -> Findings:
    telemetry = scene.commit(tip)
    if tip is None or telemetry is None:
        yield Difference(
            "seal-differs", "it is complete, and no telemetry commit was sealed with it", "seal.json"
        )
    elif telemetry.parents != (attempt.document.commit,):
        yield Difference(
            "seal-differs", f"{tip[:12]} was sealed, and isn't on top of its commit", "seal.json"
        )


def check_telemetry_commit(scene: Scene, commit: CommitFacts) -> Findings:
    """A commit with a run's trailer and no phase's may change that run's telemetry, and nothing else."""
    parent = commit.parents[0] if commit.parents else None
    git = scene.user.git
    if parent is None:
        changed = Tree(scene.user.objects, commit.tree).names("")
    else:
        changed = [change.path for change in tree_changes(git, parent, commit.oid)]
    other = sorted(set(changed) - {telemetry_path(commit.run)})
    if other or len(commit.parents) != 1:
        message = f"{commit.oid[:12]} is the telemetry of {commit.run}, and changes other files"
        yield Difference("commit-rewritten", message, other[0] if other else commit.oid)
