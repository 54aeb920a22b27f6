"""What a hook answers: exit code 2 blocks in every one of these agents, with the reason for the model."""

from __future__ import annotations

import json
from collections.abc import Sequence

from harness.guard.violation import Violation, shown

ALLOWED, BLOCKED = 0, 2
# As much as an agent usefully reads.
_MOST_REASONS = 20


def reason(violations: Sequence[Violation]) -> str:
    """The violations for the model: code, path and what is wrong, then the safe way."""
    lines = ["harness: refused"]
    for violation in violations[:_MOST_REASONS]:
        place = f" {shown(violation.path)}:" if violation.path else ""
        lines.append(f"[{violation.code}]{place} {shown(violation.message)}")
        if violation.hint:
            lines.append(f"  hint: {shown(violation.hint)}")
    if len(violations) > _MOST_REASONS:
        lines.append(f"and {len(violations) - _MOST_REASONS} more")
    return "\n".join(lines)


def standard_output(agent: str, event: str | None, refusal: str) -> str:
    """What the agent reads on standard output; `refusal` is empty where the tool may run.

    Claude Code and Codex take the exit code and standard error; Cursor also wants a document.
    """
    if agent != "cursor":
        return ""
    if refusal:
        document = {"permission": "deny", "user_message": refusal, "agent_message": refusal}
    elif event == "beforeSubmitPrompt":
        return '{"continue": true}\n'
    elif event is not None and event.startswith(("before", "preTool", "subagentStart")):
        document = {"permission": "allow"}
    else:
        document = {}
    return json.dumps(document) + "\n"
