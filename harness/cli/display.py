"""What shows a drain while it goes."""

from __future__ import annotations

from harness.drain.options import DrainEvent


class Display:
    """Something that shows lines as they come; `tick` is called when there was none for a while."""

    def begin(self) -> None:
        """Before the first line."""

    def take(self, line: str, now: float) -> None:
        """A line that was said."""

    def event(self, event: DrainEvent, now: float) -> None:
        """Something the drain told."""

    def tick(self, now: float) -> None:
        """Time went by."""

    def end(self) -> None:
        """After the last line."""
