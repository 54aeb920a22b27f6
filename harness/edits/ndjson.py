"""The format `ndjson`: operations as JSON, one a line or otherwise; the rest is prose and stays it."""

from __future__ import annotations

from collections.abc import Sequence

from harness.edits.formats import Evidence, Reply
from harness.edits.json_block import block_at
from harness.edits.json_checks import check_arrays
from harness.edits.json_signs import SPEAKS, START, TYPED, Signs
from harness.edits.limits import Limits
from harness.edits.model import Modify, OperationEdits, Problem, Unusable
from harness.edits.ndjson_reading import EXPECTED, Reading
from harness.edits.rejection import Rejection

# Looked through first, as nearly every reply shows there what it is.
_FIRST_LINES = 100


class Ndjson:
    """The format `ndjson`."""

    name = "ndjson"
    starts = ""

    def evidence(self, reply: Reply) -> Evidence | None:
        """Sure: a value that begins a line, not indented as a diff's are, speaks for an edit."""
        found = _evidence(reply.lines[:_FIRST_LINES], reply.limits)
        if found is None or not found.sure:
            found = _evidence(reply.lines, reply.limits)
        return found

    def read(self, reply: Reply) -> OperationEdits | Unusable:
        """The operations of a reply: all of them, or, where it was cut, all that are complete."""
        try:
            text, cut_character = _decode(reply.data)
            if "\0" in text:
                raise Rejection("nul-byte", "the reply holds a NUL byte", EXPECTED)
            check_arrays(text, reply.limits)
        except Rejection as problem:
            return _whole(self.name, reply, problem)
        reading = Reading(text, reply.limits, reply.truncated or cut_character, reply.strict)
        reading.run()
        return _conclude(reply, reading)


def _evidence(lines: Sequence[str], limits: Limits) -> Evidence | None:
    text = "\n" + "\n".join(lines)
    signs, types = Signs(text, SPEAKS), Signs(text, TYPED)
    unsure = position = 0
    for _ in range(limits.operations):
        match = START.search(text, position)
        if not match or (signs.next(position) == len(text) == types.next(position)):
            break
        start = match.end()
        position = block_at(text, start, until=signs.next(start)).end
        if signs.next(start) < position:
            if text[match.start() + 1] not in " \t":
                return Evidence(text.count("\n", 0, start), sure=True)
            unsure = unsure or start
        elif types.next(start) < position:
            unsure = unsure or start
    else:
        unsure = unsure or position
    return Evidence(text.count("\n", 0, unsure), sure=False) if unsure else None


def _decode(data: bytes) -> tuple[str, bool]:
    """The text behind a line break, and whether it ends in half a character, as only a cut leaves it."""
    try:
        return f"\n{data.decode()}", False
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.end == len(data):
            # What is left of the character stays visible: behind an object it is text behind it.
            return f"\n{data[: error.start].decode()}\ufffd", True
        raise Rejection("not-utf8", "the reply is not UTF-8 text", EXPECTED) from None


def _whole(name: str, reply: Reply, why: Rejection) -> Unusable:
    problem = Problem(why.code, why.message, why.hint)
    return Unusable((problem,), name, truncated=reply.truncated, repairs=reply.repairs)


def _conclude(reply: Reply, reading: Reading) -> OperationEdits | Unusable:
    found = reading.found
    repairs = (*reply.repairs, *reading.repairs())
    total = found.meta.total_operations if found.meta else None
    if problems := tuple(found.problems) or _faults_of_the_whole(reading, total):
        good = tuple(numbered.number for numbered in found.operations)
        return Unusable(problems, Ndjson.name, good, reading.truncated, repairs, total)
    return OperationEdits(tuple(found.operations), total, reading.truncated, repairs)


def _faults_of_the_whole(reading: Reading, total: int | None) -> tuple[Problem, ...]:
    count = len(reading.found.operations)
    if not count:
        if reading.found.unknown:
            return tuple(reading.found.unknown)
        why = "was cut before its first operation was complete" if reading.truncated else "has none"
        return (Problem("no-edits", f"no operations: the reply {why}", EXPECTED),)
    if total in (None, count, count - _empty(reading)) or (reading.truncated and total > count):
        return ()
    message = f"`meta` announces {total} operations, the reply has {count}"
    hint = "Send every operation, or the number that is right; leave the number out if unsure."
    return (Problem("operation-count", message, hint),)


def _empty(reading: Reading) -> int:
    """How many operations are a `modify` without changes, which a count may leave out."""
    operations = (numbered.operation for numbered in reading.found.operations)
    return sum(isinstance(operation, Modify) and not operation.operations for operation in operations)


NDJSON = Ndjson()
