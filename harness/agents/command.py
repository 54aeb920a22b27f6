"""Agents that are programs: given the brief, they print a reply or edit their worktree."""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from harness.agents.model import AgentReply, AgentRequest
from harness.agents.placeholders import attempt_values, fill
from harness.agents.usage import read_usage
from harness.containment.confinement import Confinement
from harness.containment.git_settings import private_git_settings
from harness.containment.model import Containment
from harness.process.ending import how_it_ended
from harness.process.log import head_and_tail
from harness.process.model import ProcessResult, ProcessSpec
from harness.process.regular_file import read_regular
from harness.process.supervise import run_supervised

_LOG_LIMIT = 16 * 1024  # bytes, for each of stderr and stdout
_LONGEST_REASON = 300  # characters


class CommandAgent:
    """Any program, run in the attempt's worktree with the prompt on its standard input.

    With `edits` "stdout" what it prints is the reply; with "worktree" the files it leaves are. A
    relative `command[0]` with a slash is looked for under `root` (the user's checkout), a bare name
    on the PATH of `environment`. In every element {run}, {phase}, {attempt}, {brief} (the path of
    the brief as JSON) and {worktree} are replaced. `environment` is everything the program gets
    beside HARNESS_*: pass it through `clean_environment` first. `timeout` is seconds, `output_limit`
    bytes. `confinement` says how it is contained; it then has global settings of git that are its own.
    """

    needs_worktree = True

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        edits: Literal["stdout", "worktree"],
        timeout: float,
        environment: Mapping[str, str],
        output_limit: int = 64 * 1024 * 1024,
        *,
        root: Path,
        confinement: Confinement | None = None,
    ) -> None:
        self.name = name
        self.edits_worktree = edits == "worktree"
        self._command = tuple(command)
        self._timeout = timeout
        self._environment = dict(environment)
        self._output_limit = output_limit
        self._root = root
        self._confinement = confinement

    @property
    def environment(self) -> Mapping[str, str]:
        """What the program gets beside the harness's own variables."""
        return self._environment

    def confined(self, confinement: Confinement) -> CommandAgent:
        """The same agent, contained."""
        agent = copy.copy(self)
        agent._confinement = confinement
        return agent

    def ask(self, request: AgentRequest) -> AgentReply:
        spec = self._prepare(request)
        if spec.argv and "/" not in spec.argv[0]:
            reason = f"agent {self.name}: its program {spec.argv[0]!r} is not on PATH"
            return AgentReply("failed", stop_reason="not_started", reason=reason)
        result = run_supervised(spec)
        usage, problem = read_usage(request.scratch / "usage.json")
        status, text, stop_reason, reason = self._judge(result, spec)
        return AgentReply(
            status,
            text=text,
            edited=status == "answered" and self.edits_worktree,
            usage=usage,
            usage_problem=problem,
            stop_reason=stop_reason,
            reason=reason,
            duration=result.duration,
            log=self._log(result, spec),
        )

    def _prepare(self, request: AgentRequest) -> ProcessSpec:
        if request.worktree is None:
            raise ValueError("a command agent needs a worktree")
        scratch, worktree = request.scratch, request.worktree
        scratch.mkdir(parents=True, exist_ok=True)
        prompt, brief, usage = (scratch / n for n in ("prompt.txt", "brief.json", "usage.json"))
        prompt.write_bytes(request.prompt.encode("utf-8", "backslashreplace"))
        brief.write_bytes(request.brief.encode("utf-8", "backslashreplace"))
        usage.unlink(missing_ok=True)
        values = {**attempt_values(request), "brief": str(brief), "worktree": str(worktree)}
        return ProcessSpec(
            argv=self._argv(values),
            cwd=worktree,
            env={
                **self._environment,
                **self._git_settings(scratch),
                "HARNESS_BRIEF": str(brief),
                "HARNESS_USAGE": str(usage),
                "HARNESS_RUN_ID": request.run,
                "HARNESS_PHASE_ID": request.phase,
                "HARNESS_ATTEMPT": str(request.attempt),
                "HARNESS_WORKTREE": str(worktree),
            },
            stdin=prompt,
            stdout=scratch / "stdout",
            stderr=scratch / "stderr",
            timeout=min(self._timeout, request.timeout or self._timeout),
            output_limit=self._output_limit,
            containment=self._containment(worktree, scratch),
        )

    def _git_settings(self, scratch: Path) -> dict[str, str]:
        if self._confinement is None:
            return {}
        return private_git_settings(scratch / "gitconfig", self._environment)

    def _containment(self, worktree: Path, scratch: Path) -> Containment | None:
        if self._confinement is None:
            return None
        # Beside the worktree stands the private repository it belongs to.
        return self._confinement.around((worktree.parent, scratch), scratch / "private")

    def _argv(self, values: Mapping[str, str]) -> tuple[str, ...]:
        filled = [fill(element, values) for element in self._command]
        if not filled:
            return ()
        return (self._program(filled[0]), *filled[1:])

    def _program(self, name: str) -> str:
        """The program's path, or the bare name when it is nowhere on PATH."""
        if "/" in name:
            return str(self._root / name)
        # Only absolute folders: a relative one would be looked for in the agent's own worktree.
        folders = self._environment.get("PATH", os.defpath).split(os.pathsep)
        absolute = os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())
        return shutil.which(name, path=absolute) or name

    def _judge(
        self, result: ProcessResult, spec: ProcessSpec
    ) -> tuple[Literal["answered", "failed"], bytes, str | None, str]:
        """(status, reply, stop reason, reason) of a run that is over."""
        if result.ending != "exited":
            return "failed", b"", result.ending, f"agent {self.name}: {result.reason}"
        if result.exit_code != 0:
            return "failed", b"", "exit_code", self._exit_reason(result, spec)
        if self.edits_worktree:
            return "answered", b"", None, result.reason
        try:
            return "answered", read_regular(spec.stdout, spec.output_limit), None, result.reason
        except OSError as error:
            reason = f"agent {self.name}: its output can't be read: {error.strerror}"
            return "failed", b"", "unreadable", reason

    def _exit_reason(self, result: ProcessResult, spec: ProcessSpec) -> str:
        said = _last_line(head_and_tail(spec.stderr, _LOG_LIMIT))
        parts = [f"agent {self.name} {how_it_ended(result.exit_code)}", said, result.reason]
        return "; ".join(part for part in parts if part)

    def _log(self, result: ProcessResult, spec: ProcessSpec) -> str:
        parts = [head_and_tail(spec.stderr, _LOG_LIMIT)]
        if self.edits_worktree:
            parts.append(head_and_tail(spec.stdout, _LOG_LIMIT))
        if result.reason:
            parts.append(f"[{result.reason}]")
        return "\n".join(part for part in parts if part)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    printable = "".join(c if c.isprintable() else " " for c in last)
    return printable[-_LONGEST_REASON:]
