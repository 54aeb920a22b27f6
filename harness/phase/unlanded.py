"""What an agent made that couldn't be landed: kept and counted here, as no ledger has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from harness.git.ledger import readable_chain
from harness.git.records import UNLANDED
from harness.git.refs import list_refs
from harness.git.seal import append_entry
from harness.phase.documents import Document
from harness.phase.evidence import masked_bytes
from harness.phase.history import read_history

if TYPE_CHECKING:
    from harness.errors import HarnessError
    from harness.git.repository import Repository
    from harness.phase.attempt import Answered
    from harness.phase.task import Attempt

UNLANDED_FILE = "unlanded.json"


class UnlandedDocument(Document):
    """`harness.unlanded/1`: an attempt that is in no ledger, because a remote or a ref didn't take it.

    `tokens` are the output tokens it counts as: those reported, else all it was given. `code` and
    `message` say why it didn't land.
    """

    schema_: Literal["harness.unlanded/1"] = "harness.unlanded/1"
    run: str
    phase: str
    attempt: int
    agent: str
    started: str
    tokens: int
    cost: float | None = None
    code: str
    message: str

    def encode(self) -> bytes:
        """The document as it is kept."""
        data = self.model_dump(mode="json")
        return (json.dumps({"schema": data.pop("schema_"), **data}, indent=2) + "\n").encode()


def is_recorded(attempt: Attempt, answered: Answered) -> bool:
    """Whether the ledger has the attempt, although something went wrong afterwards."""
    task, started = attempt.task, answered.started_text
    history = read_history(task.user, task.run, task.phase.id)
    return any(known.number == attempt.number and known.started == started for known in history)


def keep_unlanded(attempt: Attempt, answered: Answered, error: HarnessError) -> str:
    """Keep what was answered, its secrets masked; returns the ref of the chain it is put on."""
    task, usage = attempt.task, answered.reply.usage
    document = UnlandedDocument(
        run=task.run,
        phase=task.phase.id,
        attempt=attempt.number,
        agent=task.agent.name,
        started=answered.started_text,
        tokens=task.budget if usage.output is None else usage.output,
        cost=usage.cost,
        code=error.code,
        message=error.message,
    )
    files = {name: masked_bytes(data) for name, data in attempt.evidence.files.items()}
    files[UNLANDED_FILE] = document.encode()
    ref = f"{UNLANDED}{task.run}/{task.phase.id}"
    message = f"{task.run}/{task.phase.id} attempt {attempt.number}: not landed, {error.code}\n"
    append_entry(attempt.workspace.private, task.user, ref, files, {}, message)
    return ref


def read_unlanded(user: Repository, run: str) -> Iterator[UnlandedDocument]:
    """Every attempt of a run that is kept so; what can't be read as one is left out."""
    for ref in list_refs(user.git, f"{UNLANDED}{run}/"):
        for entry in readable_chain(user, ref)[0]:
            try:
                yield UnlandedDocument.model_validate_json(entry.files.get(UNLANDED_FILE, b""))
            except ValidationError:
                continue
