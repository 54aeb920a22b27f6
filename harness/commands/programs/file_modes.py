"""Modes as `chmod` takes them."""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"(?P<who>[ugoa]*)(?P<changes>(?:[-+=][rwxXstugo]*)+)")
_TAKES_READING = re.compile(r"-\w*r|=(?![ugo]*\w*[rug])")


def hides_from_owner(mode: str) -> bool:
    """Whether the owner can't read any more what gets this mode, in digits or clauses like `u+x,go-w`.

    A colon may stand before a clause that begins with a dash. What is no mode hides, too.
    """
    mode = mode.lstrip(":")
    if re.fullmatch("[0-7]{1,5}", mode):
        return not int(mode, 8) & 0o400
    clauses = [_CLAUSE.fullmatch(clause) for clause in mode.split(",")]
    return any(clause is None or _takes(clause["who"], clause["changes"]) for clause in clauses)


def _takes(who: str, changes: str) -> bool:
    owner = not who or "u" in who or "a" in who
    return owner and bool(_TAKES_READING.search(changes))
