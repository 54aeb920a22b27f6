"""What Claude Code, Codex and Cursor send to a hook, as a tool call; pure.

Claude Code and Codex: event PreToolUse, fields `tool_name`, `tool_input` and `cwd`. Cursor: the same as
preToolUse, and beforeShellExecution (`command`, `cwd`), beforeMCPExecution (`tool_input` is JSON in a
text) and afterFileEdit (`file_path`, `edits`), which comes too late to stop anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.guard.hook.tool_call import ToolCall, UnreadableError, text_of
from harness.guard.hook.tools import writes_and_commands

AGENTS = ("claude", "codex", "cursor")
MOST_WRITES = 1000


def tool_call(agent: str, payload: Mapping[str, Any]) -> ToolCall:
    """What is about to happen; an empty call for events that run no tool. UnreadableError otherwise."""
    event = text_of(payload, "hook_event_name")
    folder = text_of(payload, "cwd") or None
    if agent == "cursor" and event == "beforeShellExecution":
        return _call("Shell", payload, folder)
    if agent == "cursor" and event in ("afterFileEdit", "afterTabFileEdit"):
        return _call("Edit", payload, folder)
    name = text_of(payload, "tool_name")
    if name is not None:
        return _call(name, _values(payload.get("tool_input")), folder)
    if event is None or event.lower() in ("pretooluse", "permissionrequest", "beforemcpexecution"):
        raise UnreadableError("it names no tool")
    return ToolCall(folder=folder)


def _call(name: str, values: Mapping[str, Any], folder: str | None) -> ToolCall:
    writes, commands = writes_and_commands(name, values)
    if len(writes) > MOST_WRITES:
        raise UnreadableError(f"{len(writes)} writes in one call; {MOST_WRITES} are the limit")
    inner = text_of(values, "workdir") or text_of(values, "working_directory")
    return ToolCall(tuple(writes), tuple(commands), inner or folder)


def _values(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise UnreadableError("the tool's input is not JSON") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableError("the tool's input is not an object")
    return value


def project_folders(payload: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Where the project is, the best first: what the agent says of it, then where it stands."""
    roots = payload.get("workspace_roots")
    named = [root for root in roots if isinstance(root, str)] if isinstance(roots, list) else []
    folders = [
        environment.get("CLAUDE_PROJECT_DIR"),
        environment.get("CURSOR_PROJECT_DIR"),
        *named,
        text_of(payload, "cwd"),
    ]
    return list(dict.fromkeys(folder for folder in folders if folder))
