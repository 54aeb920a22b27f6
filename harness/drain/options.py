"""What a drain is asked for, and what it tells while it is under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from harness.phase.documents import PhaseDocument


@dataclass(frozen=True, slots=True)
class DrainOptions:
    """What the command line asked for. Nothing further is begun once the file `stop` exists.

    With `remote` the run is shared with other clones of it. With `wait` the drain stays as long as anybody
    else works on the run; without, only if it took part itself.
    """

    plan_path: Path
    stop: Path
    base: str | None = None
    agent: str | None = None
    jobs: int = 1
    max_phases: int | None = None
    stop_on_failure: bool = False
    remote: str | None = None
    wait: bool = False


@dataclass(frozen=True, slots=True)
class DrainEvent:
    """Something that happened: a phase was begun, or is over with its document (None: it was not run).

    `text` says it in a line; `number` counts the phases begun, `total` those of the plan.
    """

    kind: Literal["begun", "over", "waiting"]
    text: str
    phase: str = ""
    number: int = 0
    total: int = 0
    document: PhaseDocument | None = None


Tell = Callable[[DrainEvent], None]
