"""The words for an exit code: a shell and bubblewrap say 128 + N of what signal N killed."""

from __future__ import annotations

import signal

_OF_SIGNALS = 128


def how_it_ended(exit_code: int | None) -> str:
    """How a program ended, to follow its name; of 128 + N nobody can tell whether it said so itself."""
    if exit_code is None or exit_code == 0:
        return f"ended with exit code {exit_code}"
    if exit_code < 0:
        return f"was killed by {_name(-exit_code)}"
    number = exit_code - _OF_SIGNALS
    other = f" or was killed by {_name(number)}" if number in set(map(int, signal.valid_signals())) else ""
    return f"ended with exit code {exit_code}{other}"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
