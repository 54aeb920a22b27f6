"""Recording an attempt: its commits, notes, ledger entry and telemetry, sealed together."""

from __future__ import annotations

import json
import time

from harness import __version__
from harness.git.ledger import ledger_ref, write_entry
from harness.git.notes import CI_NOTES, PYTEST_NOTES, Note
from harness.git.private import PrivateRepository
from harness.git.refs import RefUpdate, read_ref
from harness.git.repository import Repository, branch_of, git_version
from harness.git.seal import SEAL_FILE, Publish, SealFacts, move_branch, seal
from harness.git.tree import Tree
from harness.phase.attempt import Attempted
from harness.phase.documents import AttemptDocument, ReportReference
from harness.phase.evidence import (
    ci_line,
    ledger_message,
    mask_secrets,
    report_line,
    telemetry_message,
)
from harness.phase.history import ATTEMPT_FILE
from harness.phase.samples import SAMPLE_FILE, ledger_rows, missing_rows, row_key, with_rows
from harness.phase.task import Task


def record_attempt(
    task: Task,
    private: PrivateRepository,
    made: Attempted,
    row: str,
    earlier_rows: list[str],
    publish: Publish | None = None,
) -> AttemptDocument:
    """Seal an attempt; returns its document with the report's place. BlockedError where a ref moved.

    With `publish` it is made true there first.
    """
    run, phase = task.plan.run.id, task.phase.id
    document, files, notes = _with_notes(task, private, made)
    kept = mask_secrets(files, made.evidence.told, document)
    changed = tuple(sorted(name for name in files if kept[name] != files[name]))
    document, files = document.model_copy(update={"masked": changed}), kept
    files[SAMPLE_FILE] = row.encode()
    files["phase.json"] = _pretty(task.phase.model_dump(mode="json"))
    files["context.json"] = _pretty(_context(task))
    branch = None
    pins = {}
    if document.commit:
        pins["candidate"] = document.commit
    if document.asked and document.asked.commit:
        pins["asked"] = document.asked.commit
    if document.outcome == "complete" and document.commit and document.tree:
        tip = _telemetry_commit(task, private, document.commit, document.tree, [*earlier_rows, row])
        branch = RefUpdate(branch_of(run), tip, task.tip)
        pins["tip"] = tip
    facts = SealFacts(branch, tuple(notes))
    files[ATTEMPT_FILE] = (document.model_dump_json(indent=2) + "\n").encode()
    files[SEAL_FILE] = facts.encode()
    message = ledger_message(run, phase, document)
    entry = write_entry(private, made.ledger, files, pins, message, task.user.identity)
    ref = ledger_ref(run, phase)
    # A ledger somebody deleted meanwhile comes back whole with this entry; one they moved is not overwritten.
    old = made.ledger if read_ref(task.user.git, ref) else None
    seal(private, task.user, RefUpdate(ref, entry, old), facts, publish)
    return document


def _context(task: Task) -> dict[str, object]:
    """What the verdict depended on beside base and candidate."""
    interpreter = task.testing.interpreter if task.testing else None
    return {
        "schema": "harness.context/1",
        "run_type": task.plan.run.type,
        "policy_digest": task.policy_digest,
        "protected": task.rules.protected,
        "closed": task.rules.closed,
        "scope": task.rules.scope,
        "agent": task.agent.name,
        "harness": __version__,
        "git": ".".join(map(str, git_version())),
        "interpreter": str(interpreter.path) if interpreter else None,
        "python": interpreter.version if interpreter else None,
        "containment": task.containment.document.model_dump(),
    }


def _pretty(document: object) -> bytes:
    return (json.dumps(document, indent=2) + "\n").encode()


def _with_notes(
    task: Task, private: PrivateRepository, made: Attempted
) -> tuple[AttemptDocument, dict[str, bytes], list[Note]]:
    """The document with the report's place, the evidence files, and the notes for the tested commit."""
    run, phase = task.plan.run.id, task.phase.id
    document, files, notes = made.document, dict(made.evidence.files), []
    if made.report and document.commit:
        identity = {"run": run, "phase": phase, "attempt": document.number, "tree": document.tree}
        files["report.json"] = report_line(made.report, identity)
        report = private.blob(files["report.json"])
        notes.append(Note(PYTEST_NOTES, document.commit, report))
        place = ReportReference(ref=PYTEST_NOTES, object=report)
        tests = document.tests.model_copy(update={"report": place})
        document = document.model_copy(update={"tests": tests})
    if document.commit and document.tests.status not in ("none", "not_run"):
        files["ci.json"] = ci_line(run, phase, document, int(time.time())).encode()
        notes.append(Note(CI_NOTES, document.commit, private.blob(files["ci.json"])))
    return document, files, notes


def _telemetry_commit(task: Task, private: PrivateRepository, parent: str, tree: str, rows: list[str]) -> str:
    new = missing_rows(Tree(private.objects, tree), task.run, rows)
    message = telemetry_message(task.run, [task.phase.id])
    return private.commit(with_rows(private, tree, task.run, new), [parent], message, task.user.identity)


def unsettled_rows(user: Repository, run: str, tip: str, besides: str | None = None) -> list[str]:
    """The rows of recorded attempts, but for those of the phase `besides`, that the commit `tip` lacks."""
    return missing_rows(Tree(user.objects, tip), run, ledger_rows(user, run, besides))


def settle_telemetry(
    user: Repository,
    private: PrivateRepository,
    run: str,
    base: str,
    besides: str | None = None,
    publish: Publish | None = None,
) -> str | None:
    """Commit the rows of recorded attempts that the run branch lacks; the new tip, None if it lacks none.

    `base` is what the branch begins with where it doesn't exist yet; `besides` is a phase whose rows
    wait. Call it under the run's lock.
    """
    ref = branch_of(run)
    tip = read_ref(user.git, ref)
    parent = tip or base
    tree = Tree(private.objects, parent).oid
    new = unsettled_rows(user, run, parent, besides)
    if not new:
        return None
    phases = list(dict.fromkeys(str(row_key(row)[1]) for row in new))
    settled = with_rows(private, tree, run, new)
    commit = private.commit(settled, [parent], telemetry_message(run, phases), user.identity)
    move_branch(user, private, RefUpdate(ref, commit, tip), publish)
    return commit
