"""What a reply without edits in a known format looks like, in words for whoever sent it."""

from __future__ import annotations

from harness.edits.formats import Reply, is_fence

_ENVELOPE = "*** Begin Patch"
_BLANKS = " \t\r"


def describe(reply: Reply) -> str:
    """What was seen instead of edits, in a few words."""
    told = [line for line in reply.lines if line.strip(_BLANKS) and not is_fence(line)]
    if not told:
        return "nothing: the reply is empty"
    for number, line in enumerate(reply.lines, 1):
        if _ENVELOPE in line:
            return f"`{_ENVELOPE}` within line {number}, where it begins no envelope"
    if told[0].lstrip(_BLANKS).startswith(("{", "[")):
        return "JSON that holds no operation"
    if any(is_fence(line) for line in reply.lines):
        return "prose and fenced code, from which no file can be told for certain"
    return "prose alone"
