"""Whether HEAD has no commit because none was made yet, or because git can't read its branch."""

from __future__ import annotations

from harness.guard.failures import usage
from harness.guard.git_process import complaint_of, run_git

_QUESTION = ("symbolic-ref", "--quiet", "HEAD")


def require_unborn() -> None:
    """UsageError `unknown-revision` where the branch that HEAD names is there and holds no commit id."""
    if run_git(*_QUESTION)[0] != 0:
        raise usage(
            "unknown-revision",
            f"git can't tell which commit HEAD names: {complaint_of(*_QUESTION)}",
            "write the commit into the branch's file that the last line of its log has (logs/refs/heads/)",
        )
