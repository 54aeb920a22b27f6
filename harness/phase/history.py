"""What is recorded of a phase's attempts."""

from __future__ import annotations

from harness.git.ledger import read_ledger
from harness.git.repository import Repository
from harness.phase.documents import AttemptDocument

ATTEMPT_FILE = "attempt.json"


def read_history(user: Repository, run: str, phase: str) -> list[AttemptDocument]:
    """Every recorded attempt of a phase, oldest first."""
    return [
        AttemptDocument.model_validate_json(entry.files[ATTEMPT_FILE])
        for entry in read_ledger(user, run, phase)
        if ATTEMPT_FILE in entry.files
    ]
