"""Lines that ask about commands, as `harness fix --check -` reads them, and the lines that answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness import strict_json
from harness.commands.classify import classify
from harness.commands.model import Context

MAX_LINE_BYTES = 512 * 1024
_HINT = 'one JSON object a line: {"command": "git status", "fix_type": "git", "run_type": "project_build"}'
_RUN_TYPES = ("project_build", "maintenance")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a line: the command as it was given, and the decision; whether the line was usable."""

    command: Any
    decision: str
    code: str = ""
    reason: str = ""
    safe_alternative: str = ""
    usable: bool = True

    def as_json(self) -> dict[str, Any]:
        return {
            "command": self.command,
            "decision": self.decision,
            "code": self.code,
            "reason": self.reason,
            "safe_alternative": self.safe_alternative,
        }


def answer(line: bytes) -> Answer:
    """Answer a line: `command` is text or a list of arguments; `fix_type` and `run_type` may be left out.

    Without a `run_type` the command is judged as in a project build. Other keys are passed over. A line that
    can't be read is refused with the code `bad-request`.
    """
    if len(line) > MAX_LINE_BYTES:
        return _bad(None, f"the line has more than {MAX_LINE_BYTES} bytes")
    try:
        asked = strict_json.parse(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return _bad(None, f"the line is no JSON object: {error}".splitlines()[0])
    if not isinstance(asked, dict):
        return _bad(None, "the line is no JSON object")
    command: Any = asked.get("command")
    problem = _problem(command, asked)
    if problem:
        return _bad(command, problem)
    context = Context(run_type=asked.get("run_type") or "project_build", fix_type=asked.get("fix_type"))
    decided = classify(command, context)
    return Answer(command, decided.decision, decided.code, decided.reason, decided.safe_alternative)


def _problem(command: Any, asked: dict[str, Any]) -> str:
    listed = isinstance(command, list) and all(isinstance(word, str) for word in command)
    if not (isinstance(command, str) or listed):
        return "`command` must be text or a list of texts"
    if asked.get("run_type") not in (None, *_RUN_TYPES):
        return "`run_type` must be project_build or maintenance"
    if not isinstance(asked.get("fix_type"), (str, type(None))):
        return "`fix_type` must be text"
    return ""


def _bad(command: Any, reason: str) -> Answer:
    return Answer(command, "refused", "bad-request", reason, _HINT, usable=False)
