"""The patch envelope of OpenAI's Codex: `*** Begin Patch`, sections of files, `*** End Patch`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harness.edits.codex_chunks import read_chunks
from harness.edits.formats import Evidence, Reply, is_fence
from harness.edits.model import ChangeBlocks, Create, Delete, OperationEdits, Rename, Unusable
from harness.edits.text_reading import BadLine, TextReading
from harness.paths import shown

_BEGIN = "*** Begin Patch"
_END = "*** End Patch"
_HEADER = re.compile(r"\*\*\* (Add|Delete|Update) File:(.*)")
_MOVE = "*** Move to:"
_BLANKS = " \t\r"
_QUOTES = "`\"'"
_BODY = frozenset(("", " ", "+", "-", "@"))

_ENVELOPE_HINT = "Put all files between one `*** Begin Patch` line and one `*** End Patch` line."
_HEADER_HINT = (
    "A file begins with `*** Add File: PATH`, `*** Delete File: PATH` or `*** Update File: PATH`; every "
    "line of an added file begins with `+`."
)
_HINT = (
    "Write `*** Begin Patch`, then `*** Add File: PATH`, `*** Delete File: PATH` or `*** Update File: PATH` "
    "with `@@` chunks, and `*** End Patch` behind the last one."
)


class CodexPatch:
    """The format `codex-patch`, after the grammar and the instructions of openai/codex `apply-patch`.

    Unlike there, nothing is chosen: a chunk without old lines has no place but the end of the file,
    and what an envelope that was cut holds in its last section is dropped.
    """

    name = "codex-patch"
    starts = "*"

    def evidence(self, reply: Reply) -> Evidence | None:
        """Sure: a line `*** Begin Patch`. Likely: the header of a file without one."""
        likely = None
        for index, line in enumerate(reply.lines):
            if not line.startswith(("*** ", " ", "\t")):
                continue
            if _begins(reply.lines, index):
                return Evidence(index + 1, sure=True)
            if likely is None and _HEADER.match(line):
                likely = Evidence(index + 1, sure=False)
        return likely

    def read(self, reply: Reply) -> OperationEdits | Unusable:
        """The operations of all envelopes, in order; of one that was cut, those that are complete."""
        reading = TextReading(self.name, reply)
        for section in _sections(reading):
            if reading.full:
                break
            _read_section(reading, section)
        return reading.conclude("no envelope holds a file", _HINT)


@dataclass(slots=True)
class _Section:
    """A file of an envelope: what is done with it, its path, and the indexes of its lines."""

    action: str
    path: str
    start: int
    end: int = 0


@dataclass(slots=True)
class _Envelopes:
    """Where the reading of envelopes stands. `abandoned` is where one ended without saying so."""

    sections: list[_Section] = field(default_factory=list)
    current: _Section | None = None
    is_open: bool = False
    abandoned: int | None = None

    def close(self, index: int) -> None:
        """What follows proves that the section before it is complete."""
        if self.current is not None:
            self.current.end = index
            self.sections.append(self.current)
        self.current = None


def _begins(lines: tuple[str, ...] | list[str], index: int) -> bool:
    """Whether an envelope begins here; a line that is indented alone may be a context line."""
    line = lines[index]
    if line.strip(_BLANKS) != _BEGIN:
        return False
    return line.startswith("*") or (index + 1 < len(lines) and _HEADER.match(lines[index + 1]) is not None)


def _sections(reading: TextReading) -> list[_Section]:
    """The complete sections of all envelopes; what stands outside of them is prose."""
    found = _Envelopes()
    for index, line in enumerate(reading.lines):
        if reading.full or len(found.sections) > reading.limits.operations:
            return found.sections
        if found.current is not None and line[:1] in _BODY:
            continue
        if found.is_open:
            _take_inside(reading, found, index, line)
        elif line.strip(_BLANKS):
            _take_outside(reading, found, index, line)
    if found.is_open:
        reading.truncated = True
        _check_is_cut(reading, found)
    return found.sections


def _take_outside(reading: TextReading, found: _Envelopes, index: int, line: str) -> None:
    if not line.lstrip(_BLANKS).startswith("***"):
        reading.repair("fence" if is_fence(line) else "prose", index)
    elif _begins(reading.lines, index):
        if found.abandoned is not None:
            message = f"the envelope before line {index + 1} has no `{_END}`"
            reading.refuse("missing-end-patch", message, _ENVELOPE_HINT, found.abandoned)
        found.is_open, found.abandoned = True, None
    elif line.startswith((_END, _MOVE)) or _HEADER.match(line):
        message = f"`{shown(line)}` stands outside of an envelope"
        reading.refuse("patch-outside-envelope", message, _ENVELOPE_HINT, index)
    elif index == len(reading.lines) - 1 and len(line) > 3 and _BEGIN.startswith(line):
        reading.truncated = True
    else:
        reading.repair("prose", index)


def _take_inside(reading: TextReading, found: _Envelopes, index: int, line: str) -> None:
    if header := _HEADER.match(line):
        found.close(index)
        found.current = _Section(header[1], header[2].strip(_BLANKS), index)
    elif line.rstrip(_BLANKS) == _END:
        found.close(index)
        found.is_open = False
    elif line.startswith(("```", "~~~")):
        # The block around the envelope ends, and the envelope has not: its last section may go on.
        found.current, found.is_open, found.abandoned = None, False, index
        reading.truncated = True
        reading.repair("fence", index)
    elif found.current is None and line.strip(_BLANKS) and index < len(reading.lines) - 1:
        message = f"a line before the first file of an envelope: {shown(line)}"
        reading.refuse("patch-line", message, _HEADER_HINT, index)


def _check_is_cut(reading: TextReading, found: _Envelopes) -> None:
    """A cut leaves nothing behind the last section; text that goes on is no cut."""
    if found.current is None:
        return
    for index in range(found.current.start + 1, len(reading.lines) - 1):
        line = reading.lines[index]
        if line and not line.startswith((" ", "+", "-", "@@", "***")):
            message = f"the envelope has no `{_END}`, and goes on with: {shown(line)}"
            reading.refuse("missing-end-patch", message, _ENVELOPE_HINT, index)
            return


def _read_section(reading: TextReading, section: _Section) -> None:
    number = reading.next_number()
    path = section.path
    if not path or (path[0] in _QUOTES and path[0] == path[-1]):
        why = "names no path" if not path else "has its path in quotes"
        message = f"`*** {section.action} File:` {why}"
        reading.refuse("patch-path", message, _HEADER_HINT, section.start, number)
        return
    try:
        _OPERATIONS[section.action](reading, section, number)
    except BadLine as bad:
        reading.reject(bad, number, path)


def _add(reading: TextReading, section: _Section, number: int) -> None:
    end = section.end
    while end > section.start + 1 and not reading.lines[end - 1]:
        end -= 1
    body = reading.lines[section.start + 1 : end]
    for index, line in enumerate(body, section.start + 1):
        if not line.startswith("+"):
            message = f"a line of an added file without its `+`: {shown(line)}"
            raise BadLine("patch-line", message, _HEADER_HINT, index)
    content = "".join(f"{line[1:]}\n" for line in body)
    reading.add(Create(type="create", file_path=section.path, content=content), section.start, number)


def _delete(reading: TextReading, section: _Section, number: int) -> None:
    for index in range(section.start + 1, section.end):
        if line := reading.lines[index].strip(_BLANKS):
            message = f"nothing can follow `*** Delete File:`, and there is: {shown(line)}"
            raise BadLine("patch-line", message, _HEADER_HINT, index)
    reading.add(Delete(type="delete", file_path=section.path), section.start, number)


def _update(reading: TextReading, section: _Section, number: int) -> None:
    first = section.start + 1
    target = None
    if first < section.end and reading.lines[first].startswith(_MOVE):
        target = reading.lines[first][len(_MOVE) :].strip(_BLANKS)
        if not target:
            raise BadLine("patch-path", f"`{_MOVE}` names no path", _HEADER_HINT, first)
        first += 1
    chunks = read_chunks(reading.lines, first, section.end, reading.limits, reading.strict)
    if not chunks.blocks and target is None:
        message = "`*** Update File:` has no chunk, so nothing would change"
        raise BadLine("empty-update", message, "Add the chunks, or leave the file out.", section.start)
    if chunks.unprefixed is not None:
        reading.repair("blank-context", chunks.unprefixed, section.path)
    if chunks.blocks:
        reading.add(ChangeBlocks(section.path, chunks.blocks), section.start, number)
    if target is not None:
        rename = Rename(type="rename", file_path=section.path, new_path=target)
        reading.add(rename, section.start + 1, None if chunks.blocks else number)


_OPERATIONS = {"Add": _add, "Delete": _delete, "Update": _update}

CODEX_PATCH = CodexPatch()
