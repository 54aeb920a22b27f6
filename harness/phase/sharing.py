"""What working on a run alone, or sharing it with other clones, asks of whoever lands something."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from harness.errors import BlockedError
from harness.git.seal import Publish

_ROUNDS = 20

_Made = TypeVar("_Made")


class LostRaceError(Exception):
    """Somebody else landed something meanwhile; nothing was moved, here or there."""


class Sharing(Protocol):
    """How a run is shared."""

    @property
    def publish(self) -> Publish | None:
        """Makes moves true for everybody first; LostRaceError. None where nobody else is to know."""

    def pull(self) -> None:
        """Have here what everybody has. The run's lock is held."""

    def landing(self) -> contextlib.AbstractContextManager[None]:
        """Nobody else who shares the run lands meanwhile, and what is here is what everybody has.

        The run's lock is held.
        """


class Alone:
    """Nobody shares the run."""

    publish: Publish | None = None

    def pull(self) -> None:
        pass

    @contextlib.contextmanager
    def landing(self) -> Iterator[None]:
        yield


def landed(sharing: Sharing, land: Callable[[], _Made], clear: Callable[[], None]) -> _Made:
    """What `land` comes to, on what everybody has; again, after `clear`, where a race was lost.

    BlockedError `landing-lost-race` where others were faster every time.
    """
    for _ in range(_ROUNDS):
        try:
            with sharing.landing():
                return land()
        except LostRaceError:
            clear()
    raise BlockedError(
        "landing-lost-race", "others kept landing phases of the run", "run it again; nothing was recorded"
    )
