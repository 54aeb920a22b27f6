"""The lines of a file, and what the texts of edits don't say about them: line ends and a byte-order mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.edits.rejection import Rejection

BYTE_ORDER_MARK = "\ufeff"


def decoded(content: bytes) -> str:
    """The text of a file; raises `Rejection` if it isn't UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8 text (byte {error.start + 1}), so its text can't be changed"
        raise Rejection("not-utf8-file", message, "Leave it alone or replace it whole.") from None


def encoded(text: str) -> bytes:
    """The bytes of a text; raises `Rejection` where it holds half a character."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        message = f"the content holds half a surrogate pair (character {error.start + 1})"
        raise Rejection("lone-surrogate", message, "Write the whole character.") from None


def has_crlf(text: str) -> bool:
    """Whether every line of a text ends in CR LF, and no CR stands elsewhere."""
    return 0 < text.count("\n") == text.count("\r\n") == text.count("\r")


def plain(text: str) -> str:
    """The text with LF for every CR LF."""
    return text.replace("\r\n", "\n")


def with_crlf(text: str) -> str:
    """The text with CR LF for every LF; it must have no CR LF yet."""
    return text.replace("\n", "\r\n")


@dataclass(slots=True)
class FileLines:
    """A text cut at `\\n` alone, to be changed line by line and put together again.

    Where every line ends in CR LF, `lines` are without CR; elsewhere CR is the last character of its
    line. `mark` is a byte-order mark that stands before them, `ended` whether the last one has a line end.
    """

    lines: list[str]
    ended: bool
    crlf: bool
    mark: str

    @classmethod
    def of(cls, text: str) -> FileLines:
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        crlf = has_crlf(text)
        text = text[len(mark) :]
        lines = (plain(text) if crlf else text).split("\n")
        ended = not lines[-1]
        if ended:
            lines.pop()
        return cls(lines, ended, crlf, mark)

    def text(self) -> str:
        """The whole text."""
        end = "\r\n" if self.crlf else "\n"
        return self.mark + end.join(self.lines) + (end if self.ended and self.lines else "")

    def join_mark(self) -> None:
        """Let the first line begin with the byte-order mark, for an edit that names it."""
        if self.lines:
            self.lines[0], self.mark = self.mark + self.lines[0], ""

    def split_mark(self) -> None:
        """Take it off the first line again, if it is still there."""
        if self.lines and self.lines[0].startswith(BYTE_ORDER_MARK):
            self.lines[0], self.mark = self.lines[0].removeprefix(BYTE_ORDER_MARK), BYTE_ORDER_MARK

    def last_carriage(self) -> bool:
        """Whether the last line that has a line end has CR LF, where not all of them have."""
        ended = self.lines if self.ended else self.lines[:-1]
        return bool(ended) and ended[-1].endswith("\r")

    def own(self, lines: Sequence[str]) -> list[str]:
        """Lines of an edit as they are looked for here: without the CR that stands for every line end."""
        return [line.removesuffix("\r") for line in lines] if self.crlf else list(lines)
