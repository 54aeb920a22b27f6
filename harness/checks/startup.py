"""Why pytest couldn't even start, from what it printed."""

from __future__ import annotations

_HEADS = ("ImportError while loading conftest", "ERROR:", "INTERNALERROR>")
LENGTH = 400


def startup_error(log: str) -> str:
    """One line: pytest's own heading and the error under it, or the last line it printed."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    usage = [line.partition(": error: ")[2] for line in lines if ": error: " in line]
    heads = [line for line in lines if line.startswith(_HEADS)]
    errors = [line[1:].strip() for line in lines if line.startswith("E ")]
    said = usage[:1] or heads[:1] + errors[-1:] or lines[-1:] or ["it printed nothing"]
    return " ".join(said)[:LENGTH]
