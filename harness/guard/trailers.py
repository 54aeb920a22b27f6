"""The trailers of accepted work, and what is wrong with them in a commit a person makes; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from harness.guard.violation import Violation

# The order in which the harness writes them; git compares keys without case.
TRAILERS = ("Run-Id", "Phase-Id", "Attempt", "Agent", "Base-Commit")
# Others use the rest for purposes of their own.
_MARKS = ("run-id", "phase-id")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FORMS = {
    "run-id": (_ID, "an id: a letter or digit, then letters, digits, `.`, `_` and `-`"),
    "phase-id": (_ID, "an id: a letter or digit, then letters, digits, `.`, `_` and `-`"),
    "attempt": (re.compile(r"[1-9][0-9]{0,8}"), "a number from 1"),
    "agent": (re.compile(r"\S.{0,199}"), "a name"),
    "base-commit": (re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}"), "a full commit id"),
}
_TAKE_OUT = (
    "delete the trailers Run-Id, Phase-Id, Attempt, Agent and Base-Commit from the message; only the harness"
    " writes them. To mention a phase, name it in the text"
)

Trailers = Mapping[str, Sequence[str]]


def read_trailers(lines: str) -> dict[str, list[str]]:
    """The harness's trailers in what `git interpret-trailers --parse` printed, by key in lower case."""
    found: dict[str, list[str]] = {}
    known = {key.lower() for key in TRAILERS}
    for line in lines.split("\n"):
        key, separator, value = line.partition(":")
        if separator and key.strip().lower() in known:
            found.setdefault(key.strip().lower(), []).append(value.strip())
    return found


def claims_work(trailers: Trailers) -> bool:
    """Whether a message says that it is a run's or a phase's work."""
    return any(key in trailers for key in _MARKS)


def faults(trailers: Trailers) -> list[Violation]:
    """What is wrong with the trailers by themselves; none for a message that claims nothing."""
    if not claims_work(trailers):
        return []
    found = [_repeated(key) for key in TRAILERS if len(trailers.get(key.lower(), ())) > 1]
    for key in TRAILERS:
        pattern, form = _FORMS[key.lower()]
        for value in trailers.get(key.lower(), ()):
            if not pattern.fullmatch(value):
                found.append(_malformed(f"{key}: {value[:100]!r} is not {form}"))
    missing = [key for key in TRAILERS if key.lower() not in trailers]
    if missing and "phase-id" in trailers:
        found.append(_malformed(f"a phase's commit has {', '.join(missing)}, too"))
    return found


def forged() -> Violation:
    """For a message whose trailers claim work that this commit isn't."""
    message = "the trailers say that the harness tested and accepted this commit, which it didn't"
    return Violation("trailer-forged", None, message, _TAKE_OUT)


def unknown_base(oid: str) -> Violation:
    """For a Base-Commit that this repository doesn't have."""
    return Violation("trailer-unknown-base", None, f"Base-Commit: {oid} is no commit here", _TAKE_OUT)


def _repeated(key: str) -> Violation:
    return Violation("trailer-repeated", None, f"{key} stands more than once", _TAKE_OUT)


def _malformed(message: str) -> Violation:
    return Violation("trailer-malformed", None, message, _TAKE_OUT)
