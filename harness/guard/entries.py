"""Links, submodules and files that steer git: looked at whoever changes them, unless people are let off."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.guard.difference import Change
    from harness.guard.violation import Violation

# What `[policy] people` can let people off.
PEOPLE_CODES = frozenset({"symlink", "gitlink", "file-mode", "control-file"})
_PLAIN_MODES = frozenset({"000000", "100644", "100755"})
_HINT = 'who means it sets `people = ["{}"]` under [policy] in harness.toml, in a commit before'


def entry_violation(change: Change, let_off: Collection[str]) -> Violation | None:
    """The violation of a change that is no plain file's, or of a control file; None for any other."""
    if {change.old_mode, change.new_mode} <= _PLAIN_MODES and not _may_steer(change.path):
        return None
    from harness.guard.violation import Violation
    from harness.policy.control_files import control_file_of_everybody
    from harness.policy.entries import entry_fault

    fault = entry_fault(change.old_mode, change.new_mode)
    if fault is not None:
        code, what = fault
        found = Violation(code, change.path, what, _HINT.format(code))
    elif (control := control_file_of_everybody(change.path)) is not None:
        found = Violation(control.code, change.path, control.message, control.hint)
    else:
        return None
    return None if found.code in let_off else found


def _may_steer(path: str) -> bool:
    """Whether a path could be a control file: every one has a part that begins so."""
    lowered = path.lower() if path.isascii() else "."
    return lowered.startswith((".", "lefthook")) or "/." in lowered or "/lefthook" in lowered
