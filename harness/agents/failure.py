"""The stable codes of what can go wrong with an agent."""

from __future__ import annotations

from harness.agents.model import AgentReply

_CODES = {
    "timeout": "agent-timeout",
    "output_limit": "agent-output-limit",
    "exit_code": "agent-exit-code",
    "not_started": "agent-not-started",
    "lost": "agent-lost",
    "unreadable": "agent-reply-unreadable",
}


def failure_code(reply: AgentReply) -> str:
    """The code of a reply whose status is "failed", from its stop reason."""
    return _CODES.get(reply.stop_reason or "", "agent-failed")
