"""Writing a report: whole or not at all, and over nothing but an earlier report."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from harness.errors import UsageError

_LOOK = 1024


def require_ours(target: Path, mark: str, *, force: bool) -> None:
    """UsageErrors: `report-exists` where something is that isn't a report, `report-unwritable`."""
    if not target.absolute().parent.is_dir() or target.is_dir():
        raise _unwritable(target, "not a file in a folder that exists")
    if force or not os.path.lexists(target):
        return
    if not _begins_with(target, mark.encode()):
        raise UsageError(
            "report-exists",
            f"{target} exists, and isn't a report of this command",
            "name another file, or add --force to write over it",
        )


def write(target: Path, content: str) -> None:
    """Put `content` at `target` in one step; UsageError `report-unwritable` where the system refuses."""
    try:
        with tempfile.TemporaryDirectory(prefix=".report-", dir=target.absolute().parent) as folder:
            beside = Path(folder) / "report"
            beside.write_text(content, encoding="utf-8", newline="\n")
            beside.replace(target)
    except OSError as error:
        raise _unwritable(target, error.strerror or "the system refused") from None


def _begins_with(target: Path, mark: bytes) -> bool:
    if target.is_symlink() or not target.is_file():
        return False
    try:
        with target.open("rb") as stream:
            return mark in stream.read(_LOOK)
    except OSError as error:
        raise _unwritable(target, error.strerror or "the system refused") from None


def _unwritable(target: Path, why: str) -> UsageError:
    return UsageError("report-unwritable", f"can't write {target}: {why}", "name a file that can be written")
