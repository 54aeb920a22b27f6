"""Every diagnosis of a phase, read from git, and what follows from it now."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from harness.diagnosis.documents import DiagnosisDocument
from harness.git.ledger import readable_chain
from harness.git.records import DIAGNOSES
from harness.git.refs import list_refs
from harness.git.repository import Repository
from harness.phase.documents import AttemptDocument

DIAGNOSIS_FILE = "diagnosis.json"


def diagnoses_ref(run: str, phase: str) -> str:
    """Where the diagnoses of a phase are: a chain of commits like the ledger's."""
    return f"{DIAGNOSES}{run}/{phase}"


def read_diagnoses(user: Repository, run: str, phase: str) -> list[DiagnosisDocument]:
    """Every diagnosis of a phase, oldest first; what can't be read as one is left out."""
    entries, _ = readable_chain(user, diagnoses_ref(run, phase))
    return [found for entry in entries if (found := _parsed(entry.files.get(DIAGNOSIS_FILE)))]


def diagnosed_phases(user: Repository, run: str) -> list[str]:
    """The phases of a run that have at least one diagnosis."""
    prefix = f"{DIAGNOSES}{run}/"
    return [ref.removeprefix(prefix) for ref in list_refs(user.git, prefix)]


def read_all_diagnoses(user: Repository, run: str) -> list[DiagnosisDocument]:
    """Every diagnosis of every phase of a run."""
    phases = diagnosed_phases(user, run)
    return [found for phase in phases for found in read_diagnoses(user, run, phase)]


def standing(
    diagnoses: Sequence[DiagnosisDocument], history: Sequence[AttemptDocument]
) -> DiagnosisDocument | None:
    """The newest valid diagnosis, if the phase was not attempted since; an attempt undoes it."""
    valid = [found for found in diagnoses if found.valid]
    last = history[-1].number if history else 0
    return valid[-1] if valid and valid[-1].attempt >= last else None


def guidance(
    diagnoses: Sequence[DiagnosisDocument], history: Sequence[AttemptDocument]
) -> DiagnosisDocument | None:
    """The newest diagnosis with a hint since the phase was last complete: every brief from then on has it."""
    complete = max((a.number for a in history if a.outcome == "complete"), default=0)
    hints = [found for found in diagnoses if found.valid and found.hint and found.attempt > complete]
    return hints[-1] if hints else None


def _parsed(data: bytes | None) -> DiagnosisDocument | None:
    try:
        return DiagnosisDocument.model_validate_json(data) if data else None
    except ValidationError:
        return None
