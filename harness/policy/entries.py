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

_HINT = "write a regular file, and leave links and submodules to a person"
_KINDS = {SYMLINK: ("symlink", "a symbolic link"), GITLINK: ("gitlink", "a submodule")}


def check_entries(changes: Sequence[TreeChange]) -> list[Violation]:
    """Violations for every change in which either side is not a regular file."""
    return [
        Violation(fault[0], change.path, f"{fault[1]}; agents may only change regular files", _HINT)
        for change in changes
        if (fault := entry_fault(change.old_mode, change.new_mode))
    ]


def entry_fault(old_mode: str, new_mode: str) -> tuple[str, str] | None:
    """(code, what is wrong) where either side is not a regular file; None where both are, or absent."""
    for mode in (new_mode, old_mode):
        if mode not in (ABSENT, REGULAR, EXECUTABLE):
            code, kind = _KINDS.get(mode, ("file-mode", f"an entry of mode {mode}"))
            return code, f"{'is' if mode == old_mode else 'would become'} {kind}"
    return None
