"""The way through a reply's text: from value to value, past prose and fences, to where it was cut."""

from __future__ import annotations

import re

from pydantic_core import from_json

from harness.edits.formats import is_fence
from harness.edits.json_block import content_end, line_end
from harness.edits.json_operations import Found, Lines
from harness.edits.json_signs import (
    BLANKS,
    START,
    TAIL,
    begins_operation_inside,
    begins_with_type,
    may_become_edit,
    text_speaks,
    value_speaks,
)
from harness.edits.json_values import UnreadError, Values
from harness.edits.limits import Limits
from harness.edits.rejection import Rejection
from harness.edits.repairs import Repair, RepairName
from harness.paths import shown

EXPECTED = (
    'Write one JSON object a line, as {"type":"create","file_path":"src/a.py","content":"…"}, '
    "or a git unified diff."
)

_ONE_A_LINE = "Put one JSON object on a line, and nothing else on that line."
_FENCE_INDENTED = 1000
_FENCE = re.compile(r"\n[ \t]*+(?:```|~~~)")
_PROSE = re.compile(r"\n[ \t\r]*+(?!```|~~~)[^ \t\r\n]")


class Reading:
    """The reading of one text, which begins with a line break that isn't its own."""

    def __init__(self, text: str, limits: Limits, truncated: bool, strict: bool) -> None:
        self.text = text
        self.limits = limits
        self.truncated = truncated
        self.strict = strict
        self.found = Found(limits, Lines(self.text))
        self._values = Values(self.text, limits, strict)
        self._end = _end_of_content(self.text)
        self._read = 0

    def run(self) -> None:
        """Read all of it, or up to a limit."""
        position = 0
        while match := START.search(self.text, position):
            self._pass_over(position, match.start())
            if match["number"]:
                self.found.repair("numbering", match.start() + 1)
            position = self._read_line(match.end())
            if self.found.stopped:
                return
        self._pass_over(position, len(self.text))

    def repairs(self) -> list[Repair]:
        """What was repaired, in the order of the lines."""
        found = dict(self.found.repairs)
        for name, position in self._values.repairs:
            found[name] = min(position, found.get(name, position))
        if "\r" in self.text and (position := self.text.find("\r\n")) >= 0:
            found = {"crlf": position, **found}
        lines = Lines(self.text)
        repairs = [Repair(name, lines.at(position)) for name, position in found.items()]
        return sorted(repairs, key=lambda repair: repair.line or 0)

    def _pass_over(self, start: int, end: int) -> None:
        """What stands between values is prose and fences, wherever they are first met."""
        names: tuple[tuple[RepairName, re.Pattern[str]], ...] = (("prose", _PROSE), ("fence", _FENCE))
        for name, pattern in names:
            if name not in self.found.repairs and (match := pattern.search(self.text, start, end)):
                self.found.repair(name, match.start() + 1)

    def _read_line(self, start: int) -> int:
        """Read the values of a line, or of several lines; the end of the last one's line."""
        position, goes_on = self._read_value(start, is_first=True)
        while goes_on and not self.found.stopped:
            self.found.repair("several-on-a-line", start)
            position, goes_on = self._read_value(position, is_first=False)
        return position

    def _read_value(self, start: int, is_first: bool) -> tuple[int, bool]:
        """Read one value: where to go on, and whether another one begins there on the same line."""
        if not self._count_value(start):
            return start, False
        made = len(self._values.repairs)
        try:
            node, end = self._values.read(start)
        except UnreadError as why:
            return self._take_unread(start, why, is_first), False
        tail = TAIL.match(self.text, end)
        if not tail or (tail["comma"] and self.strict):
            return self._leave(start, end, not is_first or value_speaks(node.plain())), False
        is_line = self.text.find("\n", start, end) < 0
        if not self.found.take(node, not is_first or (is_line and begins_with_type(self.text, start))):
            del self._values.repairs[made:]
            return self._leave(start, end, False), False
        if not is_line:
            self.found.repair("pretty-printed", start)
        if tail["comma"]:
            self.found.repair("trailing-comma", end)
        return tail.end(), tail["end"] is None

    def _count_value(self, start: int) -> bool:
        self._read += 1
        if self._read <= self.limits.operations + 1:
            return True
        message = f"more than {self.limits.operations} JSON values in one reply"
        self.found.stop(Rejection("too-many-operations", message, "Send fewer."), start)
        return False

    def _leave(self, start: int, end: int, speaks: bool) -> int:
        """Pass by a value that is prose, or a sentence that begins with one; the end of its line.

        If either of them speaks for an edit, nothing tells whether it was meant.
        """
        line = line_end(self.text, end)
        if speaks or text_speaks(self.text, end, line):
            column = end - self.text.rfind("\n", 0, end)
            rest = shown(self.text[end : min(line, end + 40)].strip(BLANKS))
            message = f"more text follows the object, from column {column}: {rest}"
            self.found.reject(Rejection("bad-json", message, _ONE_A_LINE), start)
        else:
            self.found.repair("prose", start)
        return line

    def _take_unread(self, start: int, why: UnreadError, is_first: bool) -> int:
        """A value that can't be read: cut, wrong, or prose that only looks like one; where to go on."""
        if why.kind == "limit":
            self.found.stop(why, start)
            return start
        if self._is_beginning(start, why) and (not is_first or may_become_edit(self.text, start, self._end)):
            return self._take_cut(why)
        end = self._values.end_of(why)
        if is_first and not text_speaks(self.text, start, end):
            self.found.repair("prose", start)
            return end
        if end >= self._end and self._is_cut_on_their_word(why):
            return self._take_cut(why)
        self.found.take_cut(why.node)
        self.found.reject(why, why.node.failed().start)
        return end

    def _take_cut(self, why: UnreadError) -> int:
        self.truncated = True
        self.found.take_cut(why.node)
        return self._end

    def _is_cut_on_their_word(self, why: UnreadError) -> bool:
        """Whether a last value that is no JSON at all may be cut, as the agent says that it was cut off."""
        is_taken = self.truncated and not self.strict
        return is_taken and why.kind == "syntax" and not self._values.is_closed(why)

    def _is_beginning(self, start: int, why: UnreadError) -> bool:
        """Whether nothing but blank lines and fences follows, and all of it is the beginning of a value."""
        if why.kind != "syntax" or self.text.find("\n", min(why.position, self._end), self._end) >= 0:
            return False
        if why.node.kind == "plain" and begins_operation_inside(self.text, start, self._end):
            return False
        if not self.text[why.position : self._end].strip(BLANKS):
            return True
        # An incremental parser knows half a string or number, but takes any text for a missing comma.
        return not why.is_stray and _begins_json(self.text[why.node.failed().start : self._end])


def _end_of_content(text: str) -> int:
    """The end of the last line that is neither blank nor a fence, without blanks at its end."""
    end = len(text)
    while end > 0:
        start = text.rfind("\n", 0, end) + 1
        last = content_end(text, start, end)
        if last > start and not is_fence(text[start : start + _FENCE_INDENTED]):
            return last
        end = start - 1
    return 0


def _begins_json(text: str) -> bool:
    """Whether a text is the beginning of a JSON value, as an incremental parser sees it."""
    try:
        from_json(f"[{text}", allow_partial=True)
    except ValueError:
        return False
    return True
