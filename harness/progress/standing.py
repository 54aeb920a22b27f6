"""Where every phase of a run stands, from what refs say of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from harness.phase.overview import PhaseFacts, PhaseRow, phase_rows


@dataclass(frozen=True, slots=True)
class Standing:
    """One phase: its row, and what people want to see beside it.

    `predicted` are output tokens of one attempt, None where nothing predicts them. `seconds` are those of
    all its attempts. `refusal` has the codes of the last attempt that wasn't complete.
    """

    row: PhaseRow
    predicted: int | None = None
    seconds: float = 0.0
    refusal: str = ""
    owner: str = ""
    tier: str | None = None
    running_for: float | None = None
    """Seconds since it was first seen running, by whoever watches."""

    @property
    def phase(self) -> str:
        return self.row.phase

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.row.state in ("complete", "skipped")

    @property
    def why(self) -> str:
        """The reason for its state, or what was last held against it."""
        if self.row.state == "running":
            return "; ".join(filter(None, (self.refusal, self.row.reason)))
        return "" if self.row.state == "complete" else self.row.reason or self.refusal

    def as_json(self) -> dict[str, Any]:
        """The row's keys, and these."""
        more = {"tokens_predicted": self.predicted, "seconds": self.seconds, "last_refusal": self.refusal}
        return {**self.row.as_json(), **more, "owner": self.owner or None, "tier": self.tier}


def standings(
    facts: Sequence[PhaseFacts], predicted: Mapping[str, int], no_room: Mapping[str, str]
) -> list[Standing]:
    """Every phase of a run; `predicted` is for those without an attempt.

    `no_room` has those that a budget holds up, and why.
    """
    rows = [
        replace(row, state="waiting", reason=no_room[row.phase]) if row.phase in no_room else row
        for row in phase_rows(facts)
    ]
    return [_standing(fact, row, predicted) for fact, row in zip(facts, rows, strict=True)]


def _standing(fact: PhaseFacts, row: PhaseRow, predicted: Mapping[str, int]) -> Standing:
    attempts = fact.history
    refused = [attempt for attempt in attempts if attempt.outcome != "complete"]
    codes = dict.fromkeys(violation.code for violation in refused[-1].violations) if refused else ()
    return Standing(
        row,
        attempts[-1].tokens.predicted if attempts else predicted.get(fact.phase),
        round(sum(attempt.duration for attempt in attempts), 3),
        ", ".join(codes),
        fact.claim.owner if fact.claim else "",
        fact.planned.tier if fact.planned else None,
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """A run in numbers; tokens are output tokens, those `expected` of one attempt a phase."""

    phases: int
    complete: int
    over: int
    running: int
    tokens: int
    expected: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def totals(rows: Sequence[Standing]) -> Totals:
    """The run these phases are all of."""
    return Totals(
        len(rows),
        sum(row.row.state == "complete" for row in rows),
        sum(row.is_over for row in rows),
        sum(row.row.state == "running" for row in rows),
        sum(row.row.tokens or 0 for row in rows),
        sum(row.predicted or 0 for row in rows),
        round(sum(row.seconds for row in rows), 3),
    )
