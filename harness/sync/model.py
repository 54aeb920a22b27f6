"""What a sync did, ref by ref."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

# What became of a ref here and there. The last four leave something undone.
Action = Literal[
    "unchanged", "fetched", "pushed", "merged", "diverged", "checked-out", "busy", "refused", "unreadable"
]
UNDONE: frozenset[str] = frozenset({"diverged", "checked-out", "busy", "refused", "unreadable"})


@dataclass(frozen=True, slots=True)
class RefChange:
    """A ref: where it was here and on the remote, and where both are to be (None: as it was, on that side).

    `carried` counts the entries of a chain that were put on top of the remote's.
    """

    ref: str
    action: Action
    here: str | None
    there: str | None
    new_here: str | None = None
    new_there: str | None = None
    carried: int = 0
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync with `remote` came to."""

    remote: str
    dry_run: bool
    changes: tuple[RefChange, ...]

    @property
    def undone(self) -> list[RefChange]:
        """What could not be brought together."""
        return [change for change in self.changes if change.action in UNDONE]

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": "harness.sync/1",
            "remote": self.remote,
            "dry_run": self.dry_run,
            "complete": not self.undone,
            "refs": [change.as_json() for change in self.changes],
        }
