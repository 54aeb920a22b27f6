"""What an attempt was judged by: the phase base's configuration, the phase and context as recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from harness.config import CONFIG_FILE, Config, parse_config
from harness.edits.model import Problem
from harness.errors import UsageError
from harness.git.tree import Tree
from harness.phase.documents import ViolationDocument, printable
from harness.plan import Phase
from harness.policy.control_files import named_files
from harness.policy.harness_files import HARNESS_FILES
from harness.policy.model import Rules, Violation
from harness.policy.secrets import masked
from harness.verify.finding import Compared, Difference, Findings, Remark
from harness.verify.ledger import RecordedAttempt
from harness.verify.scene import Scene

PHASE_FILE = "phase.json"
CONTEXT_FILE = "context.json"


@dataclass(frozen=True, slots=True)
class Basis:
    """The base an attempt was judged against (its tree), and what decided about it.

    `digest` is of the base's harness.toml, "" without one.
    """

    base_tree: str
    config: Config
    digest: str
    phase: Phase


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why the basis of an attempt can't be had."""

    code: str
    path: str
    why: str


def read_basis(scene: Scene, attempt: RecordedAttempt) -> Basis | Unknown:
    """What decided about an attempt, or what of it isn't there."""
    base = scene.commit(attempt.document.base)
    if base is None:
        return Unknown("object-missing", attempt.document.base, "the phase base isn't in this repository")
    phase = _phase(attempt)
    if phase is None:
        return Unknown("evidence-unreadable", PHASE_FILE, "the phase as it was can't be read")
    tree = Tree(scene.private.objects, base.tree)
    data = tree.content(CONFIG_FILE) if tree.entry(CONFIG_FILE) else None
    try:
        config = parse_config(data, CONFIG_FILE) if data is not None else Config()
    except UsageError as error:
        return Unknown("evidence-unreadable", CONFIG_FILE, f"of the phase base: {error.message}")
    return Basis(base.tree, config, hashlib.sha256(data).hexdigest() if data is not None else "", phase)


def _phase(attempt: RecordedAttempt) -> Phase | None:
    try:
        recorded = attempt.entry.document(PHASE_FILE)
        # A newer harness may have added keys, which this one can't honour.
        return Phase.model_validate({k: v for k, v in recorded.items() if k in Phase.model_fields})
    except (ValidationError, ValueError):
        return None


def recorded_rules(attempt: RecordedAttempt, basis: Basis) -> Rules:
    """The rules of an attempt: lists as recorded, everything else from base and phase."""
    context, phase = attempt.context, basis.phase
    return Rules(
        protected=_strings(context.get("protected")),
        closed=_strings(context.get("closed")),
        scope=phase.effective_scope,
        allow=frozenset(phase.allow) if context.get("run_type") == "maintenance" else frozenset(),
        named=named_files(phase.deliverables, phase.scope or (), phase.allow),
        content=basis.config.policy.content.settings(
            python=_version(context.get("python")), off=phase.allow_content
        ),
    )


def check_policy(attempt: RecordedAttempt, basis: Basis) -> Findings:
    """Whether the attempt was judged by its base's policy, and by nothing weaker."""
    context = attempt.context
    yield Compared("attempts")
    if context.get("policy_digest") != basis.digest:
        recorded = str(context.get("policy_digest"))[:12] or "none"
        message = f"judged by {CONFIG_FILE} {recorded}, but the phase base has {basis.digest[:12] or 'none'}"
        yield Difference("policy-differs", message, CONFIG_FILE)
    for name, needed in _needed(basis).items():
        lacking = [pattern for pattern in needed if pattern not in _strings(context.get(name))]
        if lacking:
            message = f"`{name}` as recorded lacks {', '.join(lacking)}"
            kind = Difference if name != "closed" or same_version(attempt) else Remark
            yield kind("policy-differs", message, CONTEXT_FILE)
    if _strings(context.get("scope")) != basis.phase.effective_scope:
        yield Difference("policy-differs", "scope and phase as recorded contradict each other", CONTEXT_FILE)
    if basis.phase.id != attempt.phase:
        message = f"the phase as recorded is {basis.phase.id!r}"
        yield Difference("policy-differs", message, PHASE_FILE)


def _needed(basis: Basis) -> dict[str, Sequence[str]]:
    return {"protected": basis.config.policy.protected, "closed": HARNESS_FILES}


def same_version(attempt: RecordedAttempt) -> bool:
    """Whether this very version of the harness made the record, so that its rules are today's."""
    from harness import __version__

    return attempt.context.get("harness") == __version__


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else ()


def _version(text: Any) -> tuple[int, int] | None:
    parts = str(text or "").split(".")[:2]
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def json_line(data: bytes) -> dict[str, Any]:
    """The JSON object a line holds; empty for anything else."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def reason(found: Problem | Violation | ViolationDocument) -> tuple[str, str | None]:
    """What tells reasons apart. Names that look like secrets are masked: older records have them."""
    return found.code, printable(found.path and masked(found.path))
