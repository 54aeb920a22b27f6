"""The changes of a `modify` operation, made to the content of one file."""

from __future__ import annotations

from collections.abc import Sequence

from harness.edits.limits import Limits
from harness.edits.model import Append, InsertAfter, Replace, ReplaceAll
from harness.edits.nearest import nearest
from harness.edits.rejection import Rejection
from harness.paths import shown

Change = Append | InsertAfter | Replace | ReplaceAll

_LINES_TOLD = 5
_ENOUGH_CONTEXT = "Give more of the text around it, so that it stands in the file once."


class Work:
    """What is left of the characters that all changes of a reply together may read and write.

    Changes are cheap to write and can double a file each time, so their cost is counted.
    `hints` bounds how often a file is searched for what is nearly there.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left = limits.text_work
        self.hints = 10

    def spend(self, characters: int) -> None:
        """Raises `Rejection` once the limit is reached."""
        self.left -= characters
        if self.left < 0:
            message = f"all changes together go through more than {self.limits.text_work} characters"
            raise Rejection("too-much-work", message, "Replace large files in one operation.")

    def grow(self, characters: int, before: int) -> None:
        """Spend the size of a file after a change; raises `Rejection` if it grows past the limit."""
        self.spend(characters)
        if characters > max(before, self.limits.file_bytes):
            message = f"the file would grow past {self.limits.file_bytes} bytes"
            raise Rejection("file-too-large", message)

    def hint(self, text: str, wanted: str) -> str:
        """Where the text nearly has what is wanted, for the first few that ask."""
        self.hints -= 1
        return nearest(text, wanted) if self.hints >= 0 else ""


def is_skipped(change: Change) -> bool:
    """Whether a change does nothing by definition."""
    return isinstance(change, ReplaceAll) and not change.old_text


def change_content(content: bytes, changes: Sequence[Change], work: Work) -> bytes:
    """The content after all changes, in order; raises `Rejection`.

    A file all of whose lines end in CR LF is matched with plain line ends, and keeps its own.
    """
    work.spend(len(content))
    try:
        text = content.decode()
    except UnicodeDecodeError:
        message = "the file is not UTF-8 text, so its text can't be modified"
        raise Rejection("not-utf8-file", message, "Leave it alone or replace it whole.") from None
    has_crlf = 0 < content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    if has_crlf:
        text = _plain(text)
    for position, change in enumerate(changes, 1):
        if not is_skipped(change):
            text = _one(text, _plain_change(change) if has_crlf else change, position, work)
    return (text.replace("\n", "\r\n") if has_crlf else text).encode()


def _one(text: str, change: Change, position: int, work: Work) -> str:
    work.spend(len(text))
    try:
        match change:
            case Append():
                return _append(text, change, work)
            case InsertAfter():
                return _insert_after(text, change, work)
            case Replace():
                return _replace(text, change, work)
            case ReplaceAll():
                return _replace_all(text, change, work)
    except Rejection as problem:
        message = f"change {position} ({change.type}): {problem.message}"
        raise Rejection(problem.code, message, problem.hint) from None


def _append(text: str, change: Append, work: Work) -> str:
    if not change.content:
        return text
    between = "" if not text or text.endswith("\n") else "\n"
    return _spliced(text, len(text), len(text), between + change.content, work)


def _insert_after(text: str, change: InsertAfter, work: Work) -> str:
    if not change.anchor:
        raise Rejection("anchor-empty", "the anchor is empty, so it stands nowhere")
    found = _line_ends_of(text, change.anchor)
    if not found:
        message = f"no line has the anchor `{shown(change.anchor)}`"
        raise Rejection("anchor-missing", message, work.hint(text, change.anchor))
    if len(found) > 1:
        told = _told_lines(text, found)
        message = f"the anchor `{shown(change.anchor)}` is on more than one line: {told}"
        raise Rejection("anchor-ambiguous", message, _ENOUGH_CONTEXT)
    end = found[0]
    before = "" if text[:end].endswith("\n") else "\n"
    after = "" if change.content.endswith("\n") else "\n"
    return _spliced(text, end, end, before + change.content + after, work)


def _line_ends_of(text: str, anchor: str) -> list[int]:
    """Where the lines end in which the anchor ends: the places after them; the first few do."""
    ends: list[int] = []
    at = text.find(anchor)
    while at >= 0 and len(ends) < _LINES_TOLD:
        newline = text.find("\n", at + len(anchor) - 1)
        ends.append(len(text) if newline < 0 else newline + 1)
        # An anchor within one line may stand in it again; that is still the same place.
        at = text.find(anchor, at + 1 if "\n" in anchor else ends[-1])
    return ends


def _told_lines(text: str, line_ends: Sequence[int]) -> str:
    numbers = [text.count("\n", 0, end - 1) + 1 for end in line_ends]
    return ", ".join(str(number) for number in numbers)


def _replace(text: str, change: Replace, work: Work) -> str:
    if not change.old_text:
        raise Rejection("text-empty", "`old_text` is empty, so it stands nowhere")
    starts = _starts_of(text, change.old_text)
    if not starts:
        raise _missing(text, change.old_text, work)
    if len(starts) > 1:
        numbers = ", ".join(str(text.count("\n", 0, start) + 1) for start in starts)
        message = f"`old_text` stands in the file more than once: at lines {numbers}"
        raise Rejection("text-ambiguous", message, _ENOUGH_CONTEXT)
    return _spliced(text, starts[0], starts[0] + len(change.old_text), change.new_text, work)


def _starts_of(text: str, wanted: str) -> list[int]:
    starts: list[int] = []
    at = text.find(wanted)
    while at >= 0 and len(starts) < _LINES_TOLD:
        starts.append(at)
        at = text.find(wanted, at + 1)
    return starts


def _replace_all(text: str, change: ReplaceAll, work: Work) -> str:
    times = text.count(change.old_text)
    if not times:
        raise _missing(text, change.old_text, work)
    size = len(text) + times * (len(change.new_text) - len(change.old_text))
    work.grow(size, len(text))
    return text.replace(change.old_text, change.new_text)


def _missing(text: str, old_text: str, work: Work) -> Rejection:
    message = f"`old_text` is not in the file: {shown(old_text)}"
    return Rejection("text-missing", message, work.hint(text, old_text))


def _spliced(text: str, start: int, end: int, new: str, work: Work) -> str:
    size = len(text) - (end - start) + len(new)
    work.grow(size, len(text))
    return text[:start] + new + text[end:]


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _plain_change(change: Change) -> Change:
    """The change with plain line ends, to match a text that has them."""
    fields = change.model_dump(exclude={"type"})
    return change.model_copy(update={name: _plain(value) for name, value in fields.items()})
