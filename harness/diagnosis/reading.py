"""Reading a diagnosis: the one JSON object of an answer, nothing guessed, held against the phase. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from harness.deliverables import read_deliverables
from harness.diagnosis.documents import DiagnosisAnswer
from harness.edits.thoughts import without_thoughts
from harness.errors import UsageError
from harness.globs import compile_globs
from harness.plan import Phase
from harness.policy.model import Rules
from harness.strict_json import parse

LONGEST_ANSWER = 256 * 1024
"""Bytes."""
_LONGEST_REASON = 300
_MOST_FENCES = 200


class InvalidDiagnosisError(Exception):
    """An answer that is no diagnosis; the text says why, in one line."""


def read_answer(data: bytes, phase: Phase, rules: Rules) -> DiagnosisAnswer:
    """The diagnosis an agent's answer holds. InvalidDiagnosisError says why it is none.

    It is the whole answer, or the one fenced block in it that holds an object with an `action`; thoughts
    that the answer begins with are none of it.
    """
    if len(data) > LONGEST_ANSWER:
        raise InvalidDiagnosisError(f"the answer has {len(data)} bytes; {LONGEST_ANSWER} are the limit")
    try:
        text = (without_thoughts(data)[0] or b"").decode()
    except UnicodeDecodeError:
        raise InvalidDiagnosisError("the answer is not UTF-8") from None
    answer = _validated(_object_in(text))
    _require_complete(answer)
    if answer.action == "replan":
        _require_possible(answer, phase, rules)
    return answer


def _object_in(text: str) -> Any:
    whole = _parsed(text.strip())
    if isinstance(whole, dict):
        return whole
    found = [
        value for block in _fenced(text) if isinstance(value := _parsed(block), dict) and "action" in value
    ]
    if len(found) != 1:
        told = "no JSON object" if not found else f"{len(found)} JSON objects"
        raise InvalidDiagnosisError(f"the answer holds {told}; one is wanted")
    return found[0]


def _fenced(text: str) -> list[str]:
    """What stands between lines of three backticks, each block once, in order."""
    blocks: list[str] = []
    lines: list[str] | None = None
    for line in text.splitlines():
        if not line.strip().startswith("```"):
            if lines is not None:
                lines.append(line)
        elif lines is None:
            lines = []
        else:
            blocks.append("\n".join(lines))
            lines = None
            if len(blocks) > _MOST_FENCES:
                break
    return blocks


def _parsed(text: str) -> Any:
    try:
        return parse(text, integer_digits=20)
    except (ValueError, RecursionError):
        return None


def _validated(value: Any) -> DiagnosisAnswer:
    try:
        # Arrays are tuples here, which strictness would tell apart in plain values.
        import json

        return DiagnosisAnswer.model_validate_json(json.dumps(value))
    except (ValidationError, RecursionError, ValueError) as error:
        raise InvalidDiagnosisError(_first(error)) from None


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return f"the answer can't be read: {type(error).__name__}"
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}"[:_LONGEST_REASON]


def _require_complete(answer: DiagnosisAnswer) -> None:
    needed = {"retry": answer.hint.strip(), "replan": answer.deliverables, "fix": answer.command}
    names = {"retry": "hint", "replan": "deliverables", "fix": "command"}
    if answer.action in needed and not needed[answer.action]:
        raise InvalidDiagnosisError(f"{answer.action} needs {names[answer.action]}")
    extra = {"deliverables": "replan", "command": "fix", "fix_type": "fix"}
    for name, action in extra.items():
        if getattr(answer, name) and answer.action != action:
            raise InvalidDiagnosisError(f"{name} goes with {action}, not with {answer.action}")


def _require_possible(answer: DiagnosisAnswer, phase: Phase, rules: Rules) -> None:
    """Deliverables must be plain paths within the scope the phase has already, and none that are closed."""
    try:
        paths, remarks = read_deliverables(list(answer.deliverables))
    except ValueError as error:
        raise InvalidDiagnosisError(f"deliverables: {error}"[:_LONGEST_REASON]) from None
    if remarks or paths != answer.deliverables:
        raise InvalidDiagnosisError("deliverables: every one must be a path, once")
    if set(paths) == set(phase.deliverables):
        raise InvalidDiagnosisError("deliverables: these are the phase's already")
    try:
        scope = compile_globs(phase.effective_scope)
        closed = compile_globs((*rules.closed, *rules.protected), casefold=True)
    except UsageError as error:
        raise InvalidDiagnosisError(error.message[:_LONGEST_REASON]) from None
    for path in paths:
        inside = f"{path}x" if path.endswith("/") else path
        if not scope.match(inside):
            raise InvalidDiagnosisError(f"deliverables: {path} is outside the phase's scope")
        if closed.match(inside) and path not in rules.allow:
            raise InvalidDiagnosisError(f"deliverables: {path} is protected")
