"""What `harness drain --json` prints."""

from __future__ import annotations

from typing import Literal

from harness.phase.documents import Document

StopReason = Literal["complete", "max_phases", "interrupted", "first_failure", "budget", "stalled", "blocked"]


class DrainedPhase(Document):
    """A phase of the run after a drain. `ran` is whether this drain tried it."""

    phase: str
    state: str
    ran: bool
    attempts: int = 0
    """Attempts this drain made."""
    commit: str | None = None
    tokens: int = 0
    """Output tokens those attempts are known to have used."""
    seconds: float = 0.0
    reason: str = ""
    warnings: tuple[str, ...] = ()
    """What is to be known of those attempts, whatever came of them; each is told once."""


class DrainDocument(Document):
    """`harness.drain/1`: why a drain stopped, and where every phase stands."""

    schema_: Literal["harness.drain/1"] = "harness.drain/1"
    run: str
    stop_reason: StopReason
    reason: str = ""
    branch: str
    phases: tuple[DrainedPhase, ...] = ()
    tokens: int = 0
    cost: float | None = None
    """What the attempts of this drain cost, as far as their agents tell; null where none does."""
    seconds: float = 0.0

    def as_json(self) -> dict[str, object]:
        """The document as plain data, its schema first."""
        data = self.model_dump(mode="json")
        return {"schema": data.pop("schema_"), **data}
