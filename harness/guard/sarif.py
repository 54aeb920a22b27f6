"""SARIF 2.1.0 (OASIS), as GitHub's code scanning and other viewers read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from harness import __version__
from harness.codes import Explanation, all_explanations
from harness.guard.policy_file import CONFIG_FILE
from harness.guard.violation import Violation, shown

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
# GitHub takes no more results of one run.
MOST_RESULTS = 5000


def sarif_text(violations: Sequence[Violation]) -> str:
    """The log of one run: a result a violation, at most `MOST_RESULTS`, and the rules they name."""
    kept = violations[:MOST_RESULTS]
    codes = sorted({violation.code for violation in kept})
    explanations = all_explanations()
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "harness guard",
                "semanticVersion": __version__,
                "rules": [_rule(code, explanations.get(code)) for code in codes],
            }
        },
        "automationDetails": {"id": "harness-guard/"},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(violation, codes.index(violation.code)) for violation in kept],
    }
    if len(kept) < len(violations):
        run["invocations"] = [_cut(len(violations) - len(kept))]
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str, explanation: Explanation | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": code, "defaultConfiguration": {"level": "error"}}
    if explanation is not None:
        rule["shortDescription"] = {"text": explanation.title}
        rule["fullDescription"] = {"text": explanation.meaning}
        text = f"{explanation.meaning}\n\nWhat to do: {explanation.remedy}"
        rule["help"] = {"text": text, "markdown": f"{text}\n\n`harness explain {code}`"}
    return rule


def _result(violation: Violation, rule: int) -> dict[str, Any]:
    return {
        "ruleId": violation.code,
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": _message(violation)},
        "locations": [{"physicalLocation": _place(violation)}],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(violation)},
    }


def _message(violation: Violation) -> str:
    text = f"{shown(violation.path or 'The change')}: {shown(violation.message)}. {shown(violation.hint)}"
    # `[text](target)` would be a link, and names are anybody's to choose.
    return text.replace("](", "] (")


def _place(violation: Violation) -> dict[str, Any]:
    # What is no single file's fault is shown where its limit is set.
    path = CONFIG_FILE if violation.path is None else violation.path
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return {"artifactLocation": {"uri": uri, "uriBaseId": ROOT}, "region": {"startLine": violation.line}}


def _fingerprint(violation: Violation) -> str:
    """The same for the same fault in the same file, wherever its line moves."""
    identity = f"{violation.code}\0{violation.path or ''}".encode("utf-8", "surrogateescape")
    return f"{hashlib.sha256(identity).hexdigest()[:16]}:1"


def _cut(left_out: int) -> dict[str, Any]:
    text = f"{left_out} further violations are left out; `harness guard --json` lists all"
    notification = {"level": "warning", "message": {"text": text}}
    return {"executionSuccessful": True, "toolExecutionNotifications": [notification]}
