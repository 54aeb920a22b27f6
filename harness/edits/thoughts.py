"""What a model thought before it answered, where its reply begins with that: drafts there are no edits."""

from __future__ import annotations

import re

_OPENING = re.compile(rb"(\s*+)(?:<(think|thinking)>|Thinking\.\.\.(?=\r?\n))")
_DONE = re.compile(rb"\n\.\.\.done thinking\.(?=\r?\n|\Z)")


def without_thoughts(data: bytes) -> tuple[bytes | None, int | None]:
    """The reply with empty lines in place of thoughts (None: they never end), and the line they begin in.

    Reasoning models set them in `<think>` tags; `ollama run` writes `Thinking...` and `...done thinking.`
    """
    opening = _OPENING.match(data)
    if opening is None:
        return data, None
    line = opening[1].count(b"\n") + 1
    closing = (re.compile(rb"</%s>" % opening[2]) if opening[2] else _DONE).search(data, opening.end())
    if closing is None:
        return None, line
    return b"\n" * data.count(b"\n", 0, closing.end()) + data[closing.end() :], line
