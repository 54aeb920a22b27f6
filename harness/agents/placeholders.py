"""The placeholders in an agent's configuration: {run}, {phase}, {attempt} and a few more."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.agents.model import AgentRequest


def attempt_values(request: AgentRequest) -> dict[str, str]:
    """What the placeholders of every kind of agent stand for."""
    return {"run": request.run, "phase": request.phase, "attempt": str(request.attempt)}


def fill(template: str, values: Mapping[str, str]) -> str:
    """`template` with exactly the names in `values` replaced; all other braces stay as they are."""
    pattern = "|".join(re.escape(name) for name in values)
    return re.sub(rf"\{{({pattern})\}}", lambda match: values[match[1]], template)
