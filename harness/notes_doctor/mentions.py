"""The phases a commit message names, its own trailers and those quoted by a squash. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

# A squash merge indents the messages it quotes; a hosting service does not.
_TRAILER = re.compile(r"^[ \t]*(Run-Id|Phase-Id|Attempt):[ \t]*(\S+)[ \t]*$")


class Mention(NamedTuple):
    """A phase named in a message, and the attempt, if that is named, too."""

    run: str
    phase: str
    attempt: int | None


def mentions(message: str) -> list[Mention]:
    """Every `Run-Id` with a `Phase-Id` after it, in order, each once."""
    found: list[Mention] = []
    run: str | None = None
    for line in message.split("\n"):
        matched = _TRAILER.match(line)
        if matched is None:
            continue
        key, value = matched.groups()
        if key == "Run-Id":
            run = value
        elif key == "Phase-Id" and run is not None:
            found.append(Mention(run, value, None))
        elif found and found[-1].attempt is None and re.fullmatch(r"[0-9]{1,9}", value):
            found[-1] = found[-1]._replace(attempt=int(value))
    return list(dict.fromkeys(found))
