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


def no_repository(complaint: str) -> UsageError:
    """What git says where it opens no repository: there is none, or it belongs to somebody else."""
    folder = complaint.partition("dubious ownership in repository at ")[2]
    trust = f"if you trust it: git config --global --add safe.directory {folder}"
    hint = trust if folder else "run it inside a repository"
    return usage("no-repository", complaint or "not a git repository", hint)


def wrong_usage(message: str, command: str = "guard") -> UsageError:
    """Arguments that `harness COMMAND` doesn't know or can't combine."""
    return usage("wrong-usage", message, f"see `harness {command} --help`")


def usage_error() -> type[UsageError]:
    """The class, for an `except` clause."""
    from harness.errors import UsageError

    return UsageError
