"""Asking for a diagnosis: the agent in a throwaway worktree, its answer read, and both recorded."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.agents.command import CommandAgent
from harness.agents.model import Agent, AgentReply, AgentRequest
from harness.config import CommandAgentTable, Config
from harness.diagnosis.brief import DiagnosisFacts, brief_document, prompt
from harness.diagnosis.documents import DiagnosisDocument
from harness.diagnosis.journal import DIAGNOSIS_FILE, diagnoses_ref
from harness.diagnosis.reading import InvalidDiagnosisError, read_answer
from harness.git.seal import append_entry
from harness.phase.containing import confine
from harness.phase.context import choose_agent
from harness.phase.documents import AttemptDocument
from harness.phase.invocation import Invocation
from harness.phase.workspace import Workspace, attempt_workspace
from harness.plan import Phase
from harness.policy.model import Rules
from harness.policy.secrets import masked

TOKENS = 4096
"""Output tokens a diagnosis counts as where its agent doesn't tell."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: about the phase of an invocation on `base`, after these failures.

    `phase` is that phase with the deliverables somebody approved, where that is so.
    """

    invocation: Invocation
    phase: Phase
    config: Config
    rules: Rules
    base: str
    failures: Sequence[AttemptDocument]
    earlier: Sequence[DiagnosisDocument]

    @property
    def number(self) -> int:
        """Which diagnosis of the phase it is."""
        return max((found.number for found in self.earlier), default=0) + 1


def ask_for_diagnosis(question: Question) -> DiagnosisDocument | None:
    """Ask, read and record; None where a recorded agent has no further answer, which records nothing.

    UsageError `unknown-agent` where the configuration names none that exists.
    """
    invocation = question.invocation
    agent = _agent(question)
    invocation.progress(f"diagnosis {question.number}: asking {agent.name}")
    began = time.monotonic()
    name = f"{invocation.phase.id}-diagnosis-{question.number}"
    with attempt_workspace(invocation.user, invocation.run, name, invocation.progress) as workspace:
        facts = _facts(question)
        brief = brief_document(question.phase, facts)
        reply = agent.ask(_request(question, workspace, agent, prompt(question.phase, facts), brief))
        if reply.status == "none":
            invocation.progress(f"no diagnosis: {reply.reason}")
            return None
        document = _document(question, agent, reply).model_copy(
            update={"duration": round(time.monotonic() - began, 3)}
        )
        _record(question, workspace, document, reply, brief)
    told = document.action if document.valid else f"invalid, nothing changes: {document.problem}"
    invocation.progress(f"diagnosis {document.number}: {told}")
    return document


def _agent(question: Question) -> Agent:
    invocation, config = question.invocation, question.config
    name = config.diagnosis.agent
    folder = invocation.options.plan_path.parent
    phase = invocation.phase.model_copy(update={"timeout": None})
    agent = choose_agent(config, phase, folder, invocation.user.root, name, None)
    table = config.agents.get(name or "")
    if isinstance(agent, CommandAgent) and isinstance(table, CommandAgentTable):
        # Its answer is what it prints, whatever it does for phases.
        agent = CommandAgent(
            agent.name, table.command, "stdout", table.timeout, agent.environment, table.output_limit,
            root=invocation.user.root,
        )  # fmt: skip
        confinement = confine("agent", invocation.user, config.containment, agent.environment)
        return agent.confined(confinement)
    return agent


def _facts(question: Question) -> DiagnosisFacts:
    plan = question.invocation.plan
    return DiagnosisFacts(plan.run.id, plan.run.type, question.number, question.failures, question.earlier)


def _request(question: Question, workspace: Workspace, agent: Agent, text: str, brief: str) -> AgentRequest:
    worktree = None
    if agent.needs_worktree:
        worktree = workspace.private.add_worktree("agent", question.base, workspace.owner).path
    return AgentRequest(
        run=question.invocation.run,
        phase=question.invocation.phase.id,
        attempt=question.number,
        prompt=text,
        brief=brief,
        scratch=workspace.scratch("agent"),
        worktree=worktree,
        timeout=question.invocation.options.seconds,
    )


def _document(question: Question, agent: Agent, reply: AgentReply) -> DiagnosisDocument:
    invocation, last = question.invocation, question.failures[-1]
    document = DiagnosisDocument(
        id=secrets.token_hex(8),
        run=invocation.run,
        phase=invocation.phase.id,
        number=question.number,
        attempt=last.number,
        agent=agent.name,
        valid=False,
        planned=invocation.phase.deliverables,
        usage=reply.usage,
        reserved=TOKENS,
        at=datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
    )
    if reply.status != "answered":
        return document.model_copy(update={"problem": masked(reply.reason or "the agent failed")})
    try:
        answer = read_answer(reply.text, question.phase, question.rules)
    except InvalidDiagnosisError as error:
        return document.model_copy(update={"problem": masked(_printable(str(error)))})
    known = answer.model_dump(exclude={"schema_"})
    told = {name: masked(_printable(known[name])) for name in ("hint", "rationale")}
    return document.model_copy(update={"valid": True, **known, **told})


def _without_secrets(document: DiagnosisDocument) -> DiagnosisDocument:
    """The diagnosis as it is kept: its command is run as it was answered, and remembered masked."""
    command = document.command
    kept = tuple(map(masked, command)) if isinstance(command, tuple) else command and masked(command)
    return document.model_copy(update={"command": kept})


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _record(
    question: Question, workspace: Workspace, document: DiagnosisDocument, reply: AgentReply, brief: str
) -> None:
    invocation = question.invocation
    files = {
        DIAGNOSIS_FILE: _without_secrets(document).encode(),
        "brief.json": masked(brief).encode("utf-8", "backslashreplace"),
        "reply.txt": masked(reply.text.decode("utf-8", "replace")).encode(),
        "agent.log": masked(reply.log).encode("utf-8", "backslashreplace"),
    }
    ref = diagnoses_ref(invocation.run, invocation.phase.id)
    what = document.action if document.valid else "invalid"
    message = f"{invocation.run}/{invocation.phase.id} diagnosis {document.number}: {what}\n"
    kept = {name: data for name, data in files.items() if data}
    append_entry(workspace.private, invocation.user, ref, kept, {}, message)
