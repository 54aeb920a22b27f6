"""Everything recorded about attempts that were tested: from the ledgers, and from the notes there are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pygit2

from harness.git.landed import work_of
from harness.git.ledger import LedgerEntry, ledger_phases, ledger_runs, read_ledger
from harness.git.note_reading import blob_lines
from harness.git.notes import CI_NOTES, PYTEST_NOTES
from harness.git.own_commits import own_line
from harness.git.repository import Repository
from harness.notes_doctor.model import AttemptKey, Record
from harness.phase.history import ATTEMPT_FILE

_LEDGER_FILES = {PYTEST_NOTES: "report.json", CI_NOTES: "ci.json"}


def line_key(ref: str, line: bytes) -> tuple[AttemptKey, str | None] | None:
    """(the attempt a line is about, the tree it is of); None for a line that isn't the harness's."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    about = document.get("harness") if ref == PYTEST_NOTES and isinstance(document, dict) else document
    if not isinstance(about, dict):
        return None
    run, phase, attempt, tree = (about.get(name) for name in ("run", "phase", "attempt", "tree"))
    if not (isinstance(run, str) and isinstance(phase, str) and isinstance(attempt, int)):
        return None
    return AttemptKey(run, phase, attempt), tree if isinstance(tree, str) else None


def gather_records(user: Repository, notes: Mapping[str, Mapping[str, str]]) -> dict[AttemptKey, Record]:
    """Every attempt that has a report, in a ledger or a note; `notes` are blobs by ref and commit."""
    found: dict[AttemptKey, Record] = {}
    for run in ledger_runs(user):
        for phase in ledger_phases(user, run):
            for entry in read_ledger(user, run, phase):
                _take_entry(user, found, run, phase, entry)
    for ref in _LEDGER_FILES:
        for blob in set(notes.get(ref, {}).values()):
            for line in blob_lines(user, blob):
                known = line_key(ref, line)
                if known is not None:
                    record = found.setdefault(known[0], Record(known[0]))
                    record.blobs.setdefault(ref, set()).add(blob)
                    _add_work(user, record, known[1])
    for record in found.values():
        _add_line(user, record)
    return found


def _take_entry(
    user: Repository, found: dict[AttemptKey, Record], run: str, phase: str, entry: LedgerEntry
) -> None:
    try:
        document: dict[str, Any] = entry.document(ATTEMPT_FILE)
    except (ValueError, RecursionError):
        return  # `verify` names it
    number, commit, tree = (document.get(name) for name in ("number", "commit", "tree"))
    blobs = {
        ref: str(pygit2.hash(entry.files[name])) for ref, name in _LEDGER_FILES.items() if name in entry.files
    }
    if not blobs or not isinstance(number, int):
        return
    key = AttemptKey(run, phase, number)
    record = found.setdefault(key, Record(key))
    for ref, blob in blobs.items():
        record.blobs.setdefault(ref, set()).add(blob)
    if isinstance(commit, str):
        record.commits.add(commit)
    _add_work(user, record, tree)
    record.complete = record.complete or document.get("outcome") == "complete"


def _add_work(user: Repository, record: Record, tree: object) -> None:
    if isinstance(tree, str) and len(tree) == 40 and tree in user.objects:
        record.works.add(work_of(user.objects, tree))


def _add_line(user: Repository, record: Record) -> None:
    commits = [commit for commit in record.commits if commit in user.objects]
    if not record.complete or len(commits) != 1:
        return
    record.line = own_line(user, record.key.run, commits[0])
