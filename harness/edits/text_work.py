"""What the changes of a reply may cost, counted before the work is done."""

from __future__ import annotations

from harness.edits.limits import Limits
from harness.edits.rejection import Rejection

_EXPLAINED = 10
_EXPLAINED_CHARACTERS = 32 * 1024 * 1024


class Work:
    """What is left of the characters that all changes of a reply together may read and write.

    Changes are cheap to write and can double a file each time, so their cost is counted.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left = limits.text_work
        self._explained = _EXPLAINED
        self._explained_characters = _EXPLAINED_CHARACTERS

    def spend(self, characters: int) -> None:
        """Raises `Rejection` once the limit is reached."""
        self.left -= characters
        self.afford(0)

    def afford(self, characters: int) -> None:
        """Raises `Rejection` if spending this much would reach the limit; spends nothing."""
        if characters > self.left:
            message = f"all changes together go through more than {self.limits.text_work} characters"
            raise Rejection("too-much-work", message, "Replace large files in one operation.")

    def grow(self, characters: int, before: int) -> None:
        """Spend the size of a file after a change; raises `Rejection` if it grows past the limit."""
        self.spend(characters)
        if characters > max(before, self.limits.file_bytes):
            message = f"the file would grow past {self.limits.file_bytes} bytes"
            raise Rejection("file-too-large", message, "Make it smaller, or let a program generate it.")

    def may_explain(self, characters: int) -> bool:
        """Whether a file of this size may still be searched for what is nearly there; a few may."""
        self._explained -= 1
        self._explained_characters -= characters
        return self._explained >= 0 and self._explained_characters >= 0
