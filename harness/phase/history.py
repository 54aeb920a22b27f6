"""What is recorded of a phase's attempts."""

from __future__ import annotations

import functools

from harness.git.ledger import ledger_ref, read_evidence
from harness.git.refs import read_ref
from harness.git.repository import Repository
from harness.phase.documents import AttemptDocument

ATTEMPT_FILE = "attempt.json"


def read_history(user: Repository, run: str, phase: str) -> list[AttemptDocument]:
    """Every recorded attempt of a phase, oldest first."""
    tip = read_ref(user.git, ledger_ref(run, phase))
    return history_at(user, tip) if tip else []


def history_at(user: Repository, tip: str) -> list[AttemptDocument]:
    """The attempts of the ledger whose newest entry is `tip`, oldest first."""
    return [_attempt(data) for data in read_evidence(user, tip, ATTEMPT_FILE)]


@functools.lru_cache(maxsize=4096)
def _attempt(data: bytes) -> AttemptDocument:
    return AttemptDocument.model_validate_json(data)
