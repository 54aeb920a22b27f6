"""The guard's expected failures; what they are made of is imported only when one happens."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from harness.errors import FaultError, UsageError


def usage(code: str, message: str, hint: str) -> UsageError:
    """A failure that is the caller's to correct; exit code 2."""
    from harness.errors import UsageError

    return UsageError(code, message, hint)


def fault(code: str, message: str, hint: str) -> FaultError:
    """A failure of git or the machine; exit code 70."""
    from harness.errors import FaultError

    return FaultError(code, message, hint)


def wrong_usage(message: str) -> UsageError:
    """Arguments the guard doesn't know or can't combine."""
    return usage("wrong-usage", message, "see `harness guard --help`")


def usage_error() -> type[UsageError]:
    """The class, for an `except` clause."""
    from harness.errors import UsageError

    return UsageError
