"""Expected failures: each carries a stable code, the documented exit code, and what to do about it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar

# The documented exit codes; the same everywhere.
DONE = 0
NOT_COMPLETE = 1
USAGE = 2
REFUSED = 3
UNUSABLE = 4
BLOCKED = 5
FAULT = 70
INTERRUPTED = 130


class HarnessError(Exception):
    """A failure the user can understand and act on; printed in one line, never as a traceback.

    Where it is a list of faults, `lines` has each of them; `message` has them all.
    """

    exit_code: ClassVar[int] = FAULT

    def __init__(self, code: str, message: str, hint: str = "", lines: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.lines = tuple(lines)


class UsageError(HarnessError):
    """Wrong usage or configuration: nothing was started, nothing changed."""

    exit_code = USAGE


class UnusableError(HarnessError):
    """The agent failed, or gave no usable edits."""

    exit_code = UNUSABLE


class BlockedError(HarnessError):
    """A dependency, an approval or a budget stands in the way."""

    exit_code = BLOCKED


class FaultError(HarnessError):
    """The harness or the machine failed (a full disk, a broken git), not the agent or the user."""

    exit_code = FAULT


class StoppedError(HarnessError):
    """Somebody asked the command to stop: Ctrl-C, or a signal that means the same."""

    exit_code = INTERRUPTED
