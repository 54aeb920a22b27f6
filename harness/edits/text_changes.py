"""The changes of a `modify` operation, made to the content of one file."""

from __future__ import annotations

from collections.abc import Sequence

from harness.edits.line_ends import decoded, encoded, has_crlf, plain, with_crlf
from harness.edits.model import Append, InsertAfter, Replace, ReplaceAll, Window
from harness.edits.nearest import Nearest, nearest, told_places, windows_at
from harness.edits.rejection import Rejection
from harness.edits.text_search import replace_everywhere, searchable
from harness.edits.text_work import Work
from harness.paths import shown
from harness.wording import counted

Change = Append | InsertAfter | Replace | ReplaceAll

_PLACES_TOLD = 5
_WINDOWS = 3
_TELLING = 12
_ENOUGH_CONTEXT = "Give more of the text around it, so that it stands in the file once."
LATER_LINES = " Lines are counted after the changes before this one."


class PartRejection(Rejection):
    """Why a part of an operation can't be done: `part` names it, `line` is its own place in the reply."""

    def __init__(self, problem: Rejection, part: str, changed: bool, line: int | None = None) -> None:
        later = LATER_LINES if changed and problem.nearest else ""
        super().__init__(problem.code, problem.message, problem.hint + later, problem.path, problem.nearest)
        self.part = part
        self.line = line


def is_skipped(change: Change) -> bool:
    """Whether a change does nothing by definition."""
    return isinstance(change, ReplaceAll) and not change.old_text


def change_content(content: bytes, changes: Sequence[Change], work: Work, *, changed: bool = False) -> bytes:
    """The content after all changes, in order; raises `Rejection`, about a change `PartRejection`.

    A file all of whose lines end in CR LF is matched with plain line ends, and keeps its own.
    `changed` says that earlier operations have changed the file, so that its lines are other ones.
    """
    work.spend(len(content))
    text = decoded(content)
    crlf = has_crlf(text)
    if crlf:
        text = plain(text)
    for position, change in enumerate(changes, 1):
        if not is_skipped(change):
            made = _plain_change(change) if crlf else change
            text = _one(text, made, position, work, changed or position > 1)
    return encoded(with_crlf(text) if crlf else text)


def _one(text: str, change: Change, position: int, work: Work, changed: bool) -> str:
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
        raise PartRejection(problem, f"change {position} ({change.type})", changed) from None


def _append(text: str, change: Append, work: Work) -> str:
    if not change.content:
        return text
    between = "" if not text or text.endswith("\n") else "\n"
    return _spliced(text, len(text), len(text), between + change.content, work)


def _insert_after(text: str, change: InsertAfter, work: Work) -> str:
    if not change.anchor:
        hint = "Give a text that stands on exactly one line."
        raise Rejection("anchor-empty", "the anchor is empty, so it stands nowhere", hint)
    found = _line_ends_of(text, change.anchor)
    if not found:
        near = _nearest(text, change.anchor, work)
        message = f"no line has the anchor `{shown(change.anchor)}`"
        raise Rejection("anchor-missing", message, near.hint, nearest=near.windows)
    if len(found) > 1:
        numbers = [text.count("\n", 0, end - 1) + 1 for end in found]
        told = told_places(numbers, _PLACES_TOLD)
        message = f"the anchor `{shown(change.anchor)}` is on more than one line: {told}"
        windows = _windows(text, numbers, change.anchor, work)
        raise Rejection("anchor-ambiguous", message, _ENOUGH_CONTEXT, nearest=windows)
    end = found[0]
    before = "" if text.endswith("\n", 0, end) else "\n"
    after = "" if change.content.endswith("\n") else "\n"
    return _spliced(text, end, end, before + change.content + after, work)


def _line_ends_of(text: str, anchor: str) -> list[int]:
    """Where the lines end in which the anchor ends: the places after them; the first few do."""
    ends: list[int] = []
    sought = searchable(text, anchor)
    at = sought.find(anchor)
    while at >= 0 and len(ends) < _PLACES_TOLD:
        newline = text.find("\n", at + len(anchor) - 1)
        ends.append(len(text) if newline < 0 else newline + 1)
        # An anchor within one line may stand in it again; that is still the same place.
        at = sought.find(anchor, at + 1 if "\n" in anchor else ends[-1])
    return ends


def _replace(text: str, change: Replace, work: Work) -> str:
    if not change.old_text:
        hint = "Give the text to replace, or use `append` or `insert_after`."
        raise Rejection("text-empty", "`old_text` is empty, so it stands nowhere", hint)
    starts = _starts_of(text, change.old_text)
    if not starts:
        raise _missing(text, change.old_text, change.new_text, work)
    if len(starts) > 1:
        numbers = [text.count("\n", 0, start) + 1 for start in starts]
        message = f"`old_text` stands in the file more than once: {told_places(numbers, _PLACES_TOLD)}"
        lasts = [number + len(_lines(change.old_text)) - 1 for number in numbers]
        windows = _windows(text, lasts, change.old_text, work)
        raise Rejection("text-ambiguous", message, _ENOUGH_CONTEXT, nearest=windows)
    return _spliced(text, starts[0], starts[0] + len(change.old_text), change.new_text, work)


def _starts_of(text: str, wanted: str) -> list[int]:
    starts: list[int] = []
    sought = searchable(text, wanted)
    at = sought.find(wanted)
    while at >= 0 and len(starts) < _PLACES_TOLD:
        starts.append(at)
        at = sought.find(wanted, at + 1)
    return starts


def _replace_all(text: str, change: ReplaceAll, work: Work) -> str:
    times = searchable(text, change.old_text).count(change.old_text)
    if not times:
        raise _missing(text, change.old_text, change.new_text, work)
    size = len(text) + times * (len(change.new_text) - len(change.old_text))
    work.grow(size, len(text))
    return replace_everywhere(text, change.old_text, change.new_text)[0]


def _spliced(text: str, start: int, end: int, new: str, work: Work) -> str:
    size = len(text) - (end - start) + len(new)
    work.grow(size, len(text))
    return text[:start] + new + text[end:]


def _missing(text: str, old_text: str, new_text: str, work: Work) -> Rejection:
    first, *more = _lines(old_text)
    told = f" and {counted(len(more), 'more line')}" if more else ""
    message = f"`old_text` is not in the file: `{shown(first)}`{told}"
    near = _nearest(text, old_text, work)
    hint = near.hint
    if len(old_text) > 1 and text.endswith(old_text.removesuffix("\n")):
        hint = "The file ends with it, but has no line end behind it: leave that out of `old_text`."
    if len(new_text) >= _TELLING and (start := searchable(text, new_text).find(new_text)) >= 0:
        line = text.count("\n", 0, start) + 1
        hint = f"{hint} `new_text` stands in the file already, at line {line}."
    return Rejection("text-missing", message, hint, nearest=near.windows)


def _nearest(text: str, wanted: str, work: Work) -> Nearest:
    if not work.may_explain(len(text)):
        return Nearest("Copy it from the file as it is.")
    return nearest(_lines(text), _lines(wanted), partial=True)


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _windows(text: str, lasts: Sequence[int], wanted: str, work: Work) -> tuple[Window, ...]:
    """The first places of a text, whose last lines have these numbers."""
    if not work.may_explain(len(text)):
        return ()
    length = len(_lines(wanted))
    return windows_at(_lines(text), [last - length for last in lasts[:_WINDOWS]], length)


def _plain_change(change: Change) -> Change:
    """The change with plain line ends, to match a text that has them."""
    fields = change.model_dump(exclude={"type"})
    return change.model_copy(update={name: plain(value) for name, value in fields.items()})
