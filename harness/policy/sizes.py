"""How much a change may bring: the size of a file, the number of files, and their sum."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.policy.contents import Change, Contents
    from harness.policy.model import Violation
    from harness.policy.tree_settings import TreeSettings

_BLOB_MODES = ("100644", "100755", "120000")
_MIB = 1024 * 1024


def check_sizes(changes: Sequence[Change], contents: Contents, settings: TreeSettings) -> list[Violation]:
    """Violations of the caps: `too-many-files` alone, or `oversized-file` and `too-much-added`.

    Nothing is looked up once there are too many files. A file that was oversized may stay as it is or shrink.
    """
    if len(changes) > settings.max_files:
        return [_too_many(len(changes), settings.max_files)]
    violations, added = [], 0
    for change in changes:
        old = _size(change.old_mode, change.old_oid, contents)
        new = _size(change.new_mode, change.new_oid, contents)
        added += max(0, new - old)
        if new > max(old, settings.max_file_bytes) and not settings.exempts("oversized-file", change.path):
            violations.append(_oversized(change.path, new, settings.max_file_bytes))
    if added > settings.max_added_bytes:
        violations.append(_too_much(added, settings.max_added_bytes))
    return violations


def _size(mode: str, oid: str | None, contents: Contents) -> int:
    return contents.size(oid) if oid is not None and mode in _BLOB_MODES else 0


def _too_many(count: int, limit: int) -> Violation:
    from harness.policy.model import Violation

    return Violation(
        "too-many-files",
        None,
        f"{count} files would change; {limit} are the limit",
        "split the change, or raise max_files in [policy.content]",
    )


def _oversized(path: str, size: int, limit: int) -> Violation:
    from harness.policy.model import Violation

    return Violation(
        "oversized-file",
        path,
        f"would have {_shown(size)}; {_shown(limit)} are the limit",
        "keep large and generated files out of the repository, or raise max_file_bytes in [policy.content]",
    )


def _too_much(added: int, limit: int) -> Violation:
    from harness.policy.model import Violation

    return Violation(
        "too-much-added",
        None,
        f"the files would grow by {_shown(added)} together; {_shown(limit)} are the limit",
        "split the change, or raise max_added_bytes in [policy.content]",
    )


def _shown(size: int) -> str:
    return f"{size / _MIB:.1f} MiB" if size >= _MIB else f"{size} bytes"
