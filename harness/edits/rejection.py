"""Why one part of a reply can't be used; raised where it is seen, told as a Problem further up."""

from __future__ import annotations

from collections.abc import Sequence

from harness.edits.model import Window


class Rejection(Exception):
    """A stable code, one line saying what is wrong, and what to do. `path` None: the part's own.

    `nearest` is as in `Problem`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        path: str | None = None,
        nearest: Sequence[Window] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.path = path
        self.nearest = tuple(nearest)
