"""Agents that answer from a file: recorded replies, and the one given with `--response`."""

from __future__ import annotations

from pathlib import Path

from harness.agents.model import AgentReply, AgentRequest
from harness.agents.placeholders import attempt_values, fill
from harness.agents.usage import read_usage
from harness.process.regular_file import read_regular

_LIMIT = 64 * 1024 * 1024  # bytes


class RecordedAgent:
    """Answers each attempt with a file of its own; without such a file there is no more to say."""

    needs_worktree = False
    edits_worktree = False

    def __init__(self, name: str, reply_template: str, folder: Path) -> None:
        """`reply_template` is a path below `folder`, with {run}, {phase} and {attempt} in it."""
        self.name = name
        self._template = reply_template
        self._folder = folder

    def ask(self, request: AgentRequest) -> AgentReply:
        path = self._folder / fill(self._template, attempt_values(request))
        try:
            return _answer(path)
        except FileNotFoundError:
            if not path.is_symlink():
                return AgentReply("none", reason=f"there is no file {_shown(path)}")
            return _unreadable(path, "it is a link to a file that does not exist")
        except (OSError, ValueError) as error:
            return _unreadable(path, _why(error))


class ResponseAgent:
    """Answers the first attempt it is asked for with one given file, and has no further reply.

    The first, not number 1: attempt numbers go on where an earlier invocation stopped.
    """

    needs_worktree = False
    edits_worktree = False

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._answered: tuple[str, str, int] | None = None

    def ask(self, request: AgentRequest) -> AgentReply:
        attempt = (request.run, request.phase, request.attempt)
        self._answered = self._answered or attempt
        if attempt != self._answered:
            return AgentReply("none", reason=f"{self._path} is for the first attempt only")
        try:
            return _answer(self._path)
        except (OSError, ValueError) as error:
            return _unreadable(self._path, _why(error))


def _answer(path: Path) -> AgentReply:
    text = read_regular(path, _LIMIT, follow=True)
    usage, problem = read_usage(path.with_name(f"{path.name}.usage.json"))
    return AgentReply("answered", text=text, usage=usage, usage_problem=problem)


def _shown(path: Path) -> str:
    """A path as people would name it from where they are."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _why(error: OSError | ValueError) -> str:
    # A path with a NUL in it is a ValueError.
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _unreadable(path: Path, why: str) -> AgentReply:
    reason = f"the reply {path} can't be read: {why}"
    return AgentReply("failed", stop_reason="unreadable", reason=reason)
