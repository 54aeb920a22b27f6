"""What is recorded of a phase's attempts."""

from __future__ import annotations

import functools
import re

from pydantic import ValidationError

from harness.git.ledger import LedgerEntry, ledger_ref, read_evidence
from harness.git.records import unreadable_chain, unreadable_record
from harness.git.refs import read_ref
from harness.git.repository import Repository
from harness.phase.documents import AttemptDocument

ATTEMPT_FILE = "attempt.json"
_OBJECT = re.compile(r"[0-9a-f]{40}")


def read_history(user: Repository, run: str, phase: str) -> list[AttemptDocument]:
    """Every recorded attempt of a phase, oldest first.

    BlockedError `record-unreadable` where one is no record.
    """
    tip = read_ref(user.git, ledger_ref(run, phase))
    return history_at(user, tip) if tip else []


def history_at(user: Repository, tip: str) -> list[AttemptDocument]:
    """The attempts of the ledger whose newest entry is `tip`, oldest first; raises as `read_history` does."""
    try:
        return [_attempt(data) for data in read_evidence(user, tip, ATTEMPT_FILE)]
    except ValueError as error:
        raise unreadable_chain(user, tip, f"{ATTEMPT_FILE} of an entry is no record{detail(error)}") from None


def recorded_attempt(ref: str, entry: LedgerEntry) -> AttemptDocument:
    """The attempt of an entry that has one, at `ref`; raises as `read_history` does."""
    try:
        return _attempt(entry.files[ATTEMPT_FILE])
    except ValueError as error:
        why = f"{ATTEMPT_FILE} of {entry.oid[:12]} is no record{detail(error)}"
        raise unreadable_record(ref, why) from None


def detail(error: ValueError) -> str:
    """What a model has against a document, in a line, with the separator before it."""
    faults = (
        error.errors(include_url=False, include_input=False) if isinstance(error, ValidationError) else []
    )
    if not faults:
        return f": {error}"
    where = ".".join(str(part) for part in faults[0]["loc"])
    return f": {where}: {faults[0]['msg']}" if where else f": {faults[0]['msg']}"


@functools.lru_cache(maxsize=4096)
def _attempt(data: bytes) -> AttemptDocument:
    attempt = AttemptDocument.model_validate_json(data)
    for name in ("base", "start", "tree", "commit"):
        oid = getattr(attempt, name)
        if oid is not None and not _OBJECT.fullmatch(oid):
            raise ValueError(f"{name}: not an object's id")
    return attempt
