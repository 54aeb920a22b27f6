"""NDJSON operations: one JSON object a line; what is neither is prose and is never executed."""

from __future__ import annotations

import re

from harness.edits.formats import FormatSign, Reply, is_fence
from harness.edits.json_line import JsonProblem, parse_object
from harness.edits.limits import Limits
from harness.edits.model import OperationEdits, Problem, Unusable
from harness.edits.ndjson_reading import BLANKS, EXPECTED, Reading, unnumbered
from harness.edits.operation_schema import KNOWN_TYPES

_LOOKS_LIKE_ONE = re.compile(r"\{[ \t]*['\"]?(?:type|file_path|path)['\"]?[ \t]*:")


class Ndjson:
    """The format `ndjson`."""

    name = "ndjson"

    def sign(self, reply: Reply) -> FormatSign | None:
        """Sure: a line, not indented as a diff's are, is an operation or meant as one."""
        indented = None
        for number, line in enumerate(reply.lines, 1):
            text = _candidate(line)
            if text is None or not _is_meant(text, reply.limits):
                continue
            if not line.startswith((" ", "\t")):
                return FormatSign(number, sure=True)
            indented = indented or FormatSign(number, sure=False)
        return indented

    def read(self, reply: Reply) -> OperationEdits | Unusable:
        """The operations of a reply: all of them, or, where it was cut, all that are complete."""
        text, cut_character = _decode(reply.data)
        if text is None:
            return _whole(self.name, reply, "not-utf8", "the reply is not UTF-8 text")
        if "\0" in text:
            return _whole(self.name, reply, "nul-byte", "the reply holds a NUL byte")
        truncated = reply.truncated or cut_character
        reading = Reading(reply.limits, truncated, repairs=[*reply.repairs])
        lines = text.split("\n")
        last = _last_that_counts(lines)
        for index, line in enumerate(lines):
            if not reading.take(index + 1, line, is_last=index == last):
                break
        return _conclude(reading)


def _candidate(line: str) -> str | None:
    """A line that may be an object: it starts with `{`, behind blanks or a number at most."""
    text = unnumbered(line.strip(BLANKS))
    return text if text.startswith("{") else None


def _is_meant(text: str, limits: Limits) -> bool:
    if _LOOKS_LIKE_ONE.match(text):
        return True
    if '"type"' not in text:
        return False
    try:
        kind = parse_object(text, limits).get("type")
    except JsonProblem:
        return False
    return isinstance(kind, str) and kind in KNOWN_TYPES


def _decode(data: bytes) -> tuple[str | None, bool]:
    """The text, and whether it ends in half a character (which only a cut leaves behind)."""
    try:
        return data.decode(), False
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.end == len(data):
            # What is left of the character stays visible: behind an object it is text behind it.
            return data[: error.start].decode() + "\ufffd", True
        return None, False


def _last_that_counts(lines: list[str]) -> int:
    """The index of the last line that is neither blank nor a fence; -1 without one."""
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].strip(BLANKS) and not is_fence(lines[index]):
            return index
    return -1


def _whole(name: str, reply: Reply, code: str, message: str) -> Unusable:
    problem = Problem(code, message, EXPECTED)
    return Unusable((problem,), name, truncated=reply.truncated, repairs=reply.repairs)


def _conclude(reading: Reading) -> OperationEdits | Unusable:
    repairs = tuple(reading.repairs)
    problems = tuple(reading.problems) or _faults_of_the_whole(reading)
    if problems:
        good = tuple(numbered.number for numbered in reading.operations)
        return Unusable(problems, Ndjson.name, good, reading.truncated, repairs)
    total = reading.meta.total_operations if reading.meta else None
    return OperationEdits(tuple(reading.operations), total, reading.truncated, repairs)


def _faults_of_the_whole(reading: Reading) -> tuple[Problem, ...]:
    found = len(reading.operations)
    if not found:
        why = "was cut before its first operation was complete" if reading.truncated else "has none"
        return (Problem("no-edits", f"no operations: the reply {why}", EXPECTED),)
    total = reading.meta.total_operations if reading.meta else None
    if total is None or total == found or reading.truncated:
        return ()
    message = f"`meta` announces {total} operations, the reply has {found}"
    hint = "Send every operation, or the number that is right; leave the number out if unsure."
    return (Problem("operation-count", message, hint),)


NDJSON = Ndjson()
