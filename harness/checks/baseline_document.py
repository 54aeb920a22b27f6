"""The baseline an attempt was compared with, as its evidence keeps it: `baseline.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.checks.model import RunStatus, TestOutcome, TestRun
from harness.policy.secrets import masked

BASELINE_FILE = "baseline.json"


class BaselineDocument(BaseModel):
    """Outcomes of the tests on the phase base, by node id; modules that can't be collected apart."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    schema_: Literal["harness.baseline/1"]
    status: RunStatus
    why: str
    outcomes: Mapping[str, TestOutcome]
    collection_errors: Mapping[str, str]

    def run(self) -> TestRun:
        """The run to compare with."""
        return TestRun(
            self.status, None, self.outcomes, collection_errors=self.collection_errors, why=self.why
        )


def encode_baseline(run: TestRun) -> str:
    """The document of a run, secrets masked, node ids sorted: the same bytes for each attempt on one base."""
    document = {
        "schema": "harness.baseline/1",
        "status": run.status,
        "why": masked(run.why),
        "outcomes": dict(run.outcomes),
        "collection_errors": {node: masked(text) for node, text in run.collection_errors.items()},
    }
    return json.dumps(document, indent=0, sort_keys=True) + "\n"


def parse_baseline(data: bytes) -> BaselineDocument:
    """The document; ValueError where it isn't one."""
    raw = json.loads(data)
    if not isinstance(raw, dict):
        raise ValueError("not an object")
    try:
        return BaselineDocument.model_validate({**raw, "schema_": raw.get("schema")})
    except ValidationError as error:
        raise ValueError(f"{error.error_count()} keys are not as they should be") from None
