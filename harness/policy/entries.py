"""Only regular files: no symlinks, no gitlinks, no other modes come, go or change type."""

from __future__ import annotations

from collections.abc import Sequence

from harness.policy.model import (
    ABSENT,
    EXECUTABLE,
    GITLINK,
    REGULAR,
    SYMLINK,
    TreeChange,
    Violation,
)

_KINDS = {SYMLINK: ("symlink", "a symbolic link"), GITLINK: ("gitlink", "a submodule")}


def check_entries(changes: Sequence[TreeChange]) -> list[Violation]:
    """Violations for every change in which either side is not a regular file."""
    return [violation for change in changes if (violation := _check(change))]


def _check(change: TreeChange) -> Violation | None:
    for mode in (change.new_mode, change.old_mode):
        if mode in (ABSENT, REGULAR, EXECUTABLE):
            continue
        code, kind = _KINDS.get(mode, ("file-mode", f"an entry of mode {mode}"))
        side = "would become" if mode == change.new_mode else "is"
        return Violation(
            code,
            change.path,
            f"{side} {kind}; agents may only change regular files",
            "write a regular file, and leave links and submodules to a person",
        )
    return None
