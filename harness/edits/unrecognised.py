"""What a reply without edits in a known format looks like, in words for whoever sent it."""

from __future__ import annotations

import re

from harness.edits.formats import Reply, is_fence

_ENVELOPE = "*** Begin Patch"
_SEARCH = re.compile(r"<{5,9} ?SEARCH\b")
_WRAPPER = re.compile(r"""[{\s]*["']?(files|operations)["']?\s*:\s*\[""")
_JSON = re.compile(r"""[\[{][\[{\s]*["']""")


def foreign_format(reply: Reply) -> tuple[str, int] | None:
    """Edits in a format that isn't read, and their line; beside others they would be lost."""
    for number, line in enumerate(reply.lines, 1):
        if line.startswith(_ENVELOPE):
            return "a `*** Begin Patch` envelope", number
        if _SEARCH.match(line):
            return "a SEARCH/REPLACE block", number
    return None


def describe(reply: Reply) -> str:
    """What was seen instead of edits, in a few words."""
    if foreign := foreign_format(reply):
        return f"{foreign[0]} (line {foreign[1]})"
    told = [line for line in reply.lines if line.strip() and not is_fence(line)]
    if not told:
        return "nothing: the reply is empty"
    for position, line in enumerate(told):
        if line.lstrip().startswith(("{", "[")):
            head = "\n".join(told[position : position + 20])[:2000].lstrip()
            if shape := _json_shape(head):
                return shape
            break
    if any(is_fence(line) for line in reply.lines):
        return "prose and fenced code, from which no file can be told for certain"
    return "prose alone"


def _json_shape(head: str) -> str:
    if wrapper := _WRAPPER.match(head):
        return f'a {{"{wrapper[1]}": […]}} wrapper'
    if not _JSON.match(head):
        return ""
    if head.startswith("["):
        return "a JSON array"
    return "JSON over several lines, or without a `type`"
