"""Which documents there are, and the JSON schema of each. Pure."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from harness.checks.baseline_document import BaselineDocument
from harness.diagnosis.documents import DiagnosisAnswer, DiagnosisDocument
from harness.drain.documents import DrainDocument
from harness.phase.approval import Approval
from harness.phase.claims import Claim
from harness.phase.documents import AttemptDocument, PhaseDocument
from harness.phase.fix_documents import FixDocument, FixResultDocument
from harness.phase.unlanded import UnlandedDocument
from harness.schemas import answers, evidence, plans, telemetry
from harness.schemas.replay import ReplayAnswer
from harness.schemas.wording import Described, one_wording
from harness.telemetry.sample import SCHEMA as SAMPLE_SCHEMA
from harness.telemetry.sample import Sample
from harness.verify.documents import VerifyDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# By name and version; the value of their key `schema` is "harness." and the name, a slash, the version.
MODELS: dict[str, type[BaseModel]] = {
    "approval-1": Approval,
    "attempt-1": AttemptDocument,
    "backfill-1": telemetry.BackfillAnswer,
    "baseline-1": BaselineDocument,
    "brief-1": evidence.BriefEvidence,
    "calibration-1": telemetry.CalibrationAnswer,
    "check-1": answers.CheckAnswer,
    "claim-1": Claim,
    "ci-line-1": evidence.CiLine,
    "context-1": evidence.ContextEvidence,
    "coverage-1": telemetry.CoverageAnswer,
    "diagnosis-1": DiagnosisAnswer,
    "diagnosis-brief-1": evidence.DiagnosisBriefEvidence,
    "diagnosis-record-1": DiagnosisDocument,
    "diff-1": answers.DiffAnswer,
    "doctor-1": answers.DoctorAnswer,
    "drain-1": DrainDocument,
    "drop-1": answers.DropAnswer,
    "error-1": answers.ErrorAnswer,
    "explain-1": answers.ExplainAnswer,
    "fix-1": FixDocument,
    "fix-answer-1": answers.FixAnswer,
    "fix-result-1": FixResultDocument,
    "gc-1": answers.GcAnswer,
    "guard-1": answers.GuardAnswer,
    "init-1": answers.InitAnswer,
    "log-1": answers.LogAnswer,
    "notes-1": answers.NotesAnswer,
    "notes-appraise-1": answers.NotesAppraiseAnswer,
    "notes-doctor-1": answers.NotesDoctorAnswer,
    "phase-1": PhaseDocument,
    "plan-1": plans.PlanAnswer,
    "plan-change-1": plans.PlanChangeAnswer,
    "plan-check-1": plans.PlanCheckAnswer,
    "replay-1": ReplayAnswer,
    "report-line-1": evidence.ReportLine,
    "sample-1": Sample,
    "seal-1": evidence.SealEvidence,
    "show-1": answers.ShowAnswer,
    "status-1": plans.StatusAnswer,
    "sync-1": answers.SyncAnswer,
    "telemetry-report-1": telemetry.ReportAnswer,
    "unlanded-1": UnlandedDocument,
    "verify-1": VerifyDocument,
}


def file_name(name: str) -> str:
    """The file a schema is published in."""
    return f"{name}.schema.json"


def json_schema(name: str) -> dict[str, Any]:
    """The JSON schema of a document. Keys a newer harness may add are let pass."""
    made = one_wording(MODELS[name].model_json_schema(mode="serialization", schema_generator=Described))
    if "schema_" in made.get("properties", {}):
        properties = made["properties"]
        properties = {"schema": properties.pop("schema_"), **properties}
        made["properties"] = properties
        made["required"] = ["schema", *(key for key in made.get("required", ()) if key != "schema_")]
    if name == "sample-1":
        made["properties"] = {"schema": {"const": SAMPLE_SCHEMA}, **made["properties"]}
    for part in (made, *made.get("$defs", {}).values()):
        part.pop("additionalProperties", None)
    return {"$schema": DIALECT, **made, "title": f"harness {name.replace('-', ' ')}"}


def schema_text(name: str) -> str:
    """The schema as it is published."""
    return json.dumps(json_schema(name), indent=2) + "\n"
