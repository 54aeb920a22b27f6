"""`harness hook AGENT`: one tool call in, allowed or blocked out; every fault of ours blocks, too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from harness.errors import HarnessError
from harness.guard.hook.answer import ALLOWED, BLOCKED, reason, standard_output
from harness.guard.hook.payload import read_payload
from harness.guard.hook.places import is_file_name
from harness.guard.hook.protocols import project_folders, tool_call
from harness.guard.hook.tool_call import ToolCall, UnreadableError
from harness.guard.violation import Violation


class Answer(NamedTuple):
    """What to print on each stream, and the exit code."""

    stdout: str
    stderr: str
    code: int


def answer(agent: str, data: bytes, environment: Mapping[str, str]) -> Answer:
    """Judge what an agent sent to its hook. Raises nothing: what can't be judged is blocked."""
    event = None
    try:
        payload = read_payload(data)
        event = payload.get("hook_event_name")
        event = event if isinstance(event, str) else None
        call = tool_call(agent, payload)
        refusal = ""
        if call.writes or call.commands:
            violations = _judge(call, project_folders(payload, environment))
            refusal = reason(violations) if violations else ""
    except UnreadableError as error:
        refusal = _unreadable(error)
    except HarnessError as error:
        refusal = _failure(error)
    except Exception as error:
        refusal = _unexpected(error)
    code = BLOCKED if refusal else ALLOWED
    return Answer(standard_output(agent, event, refusal), f"{refusal}\n" if refusal else "", code)


def _judge(call: ToolCall, folders: list[str]) -> list[Violation]:
    from harness.guard.hook.checkout_policy import enter_checkout, protected_and_content

    start = Path.cwd()
    checkout = enter_checkout(folders)
    folder = str(start / (call.folder or checkout.real))
    if not is_file_name(folder):
        raise UnreadableError("the folder it names can't be one")
    found: list[Violation] = []
    if call.writes:
        from harness.guard.hook.file_rules import FileRules

        rules = FileRules(checkout, *protected_and_content(checkout))
        found += [violation for write in call.writes for violation in rules.judge(write, folder)]
    if call.commands:
        from harness.guard.hook.command_rules import judge_command

        for command in call.commands:
            found += judge_command(command, folder, checkout)
    return list({(violation.code, violation.path): violation for violation in found}.values())


def _fault(message: str, hint: str) -> str:
    from harness.guard.violation import shown

    text = f"harness: nothing was judged, so it is blocked: {shown(message)}"
    return f"{text}\n  hint: {shown(hint)}" if hint else text


def _unreadable(error: UnreadableError) -> str:
    told = f"the hook's input can't be read: {error} [unreadable-input]"
    return _fault(told, "see docs/guard.md for what it reads")


def _failure(error: HarnessError) -> str:
    from harness.fault import of_repository

    told = of_repository(error) or error
    return _fault(f"{told.message} [{told.code}]", told.hint)


def _unexpected(error: Exception) -> str:
    from harness.fault import describe

    code, message, hint = describe(error)
    return _fault(f"{message} [{code}]", hint)
