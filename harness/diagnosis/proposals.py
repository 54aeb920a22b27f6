"""Proposals of other deliverables for a phase: they wait for a person, and hold from the approval on."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.documents import DiagnosisDocument
from harness.diagnosis.journal import read_diagnoses, standing
from harness.git.repository import Repository
from harness.phase.approval import Approval, find_approval
from harness.phase.documents import AttemptDocument
from harness.phase.history import read_history
from harness.plan import Phase

CODE = "replan"


def waiting_proposal(user: Repository, diagnosis: DiagnosisDocument) -> bool:
    """Whether a diagnosis proposes other deliverables that nobody has approved."""
    return diagnosis.valid and diagnosis.action == "replan" and _approval(user, diagnosis) is None


def why_not_tried(
    user: Repository,
    phase: str,
    diagnoses: Sequence[DiagnosisDocument],
    history: Sequence[AttemptDocument],
) -> tuple[str, str]:
    """(why the phase is skipped, what it waits for) by its newest diagnosis, each "" where that isn't so."""
    found = standing(diagnoses, history)
    if found is not None and found.action == "skip":
        return f"skipped by a diagnosis: {found.rationale}; harness run-phase {phase} takes it up again", ""
    if found is not None and waiting_proposal(user, found):
        listed = ", ".join(found.deliverables)
        return (
            "",
            f"waits for an approval of other deliverables ({listed}): harness approve {phase} --reason TEXT",
        )
    return "", ""


def planned_phase(user: Repository, phase: Phase, diagnoses: Sequence[DiagnosisDocument]) -> Phase:
    """The phase with the deliverables somebody approved in place of the plan's, as long as those stand.

    Its scope stays what it was. A plan that was changed since counts as it is.
    """
    for found in reversed(diagnoses):
        if found.valid and found.action == "replan" and _approval(user, found) is not None:
            if found.planned != phase.deliverables:
                return phase
            kept = {"deliverables": found.deliverables, "scope": phase.effective_scope}
            return phase.model_copy(update=kept)
    return phase


def proposal_approval(
    user: Repository, run: str, phase: str, reason: str, by: str, at: str
) -> Approval | None:
    """The approval of the proposal that a phase waits for; None where it waits for none."""
    found = standing(read_diagnoses(user, run, phase), read_history(user, run, phase))
    if found is None or not waiting_proposal(user, found):
        return None
    return Approval(
        digest=found.digest,
        codes=(CODE,),
        reason=reason,
        by=by,
        at=at,
        run=run,
        phase=phase,
        attempt=found.attempt,
        paths=found.deliverables,
    )


def _approval(user: Repository, diagnosis: DiagnosisDocument) -> Approval | None:
    return find_approval(user, diagnosis.run, diagnosis.phase, diagnosis.digest)
