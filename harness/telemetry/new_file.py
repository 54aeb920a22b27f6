"""Writing a file that doesn't exist yet, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import UsageError


def require_new(path: Path) -> None:
    """UsageError `file-exists` where something is at `path`, a dangling symlink included."""
    if os.path.lexists(path):
        raise UsageError("file-exists", f"{path} exists already", "name another file with --output")


def write_new(path: Path, content: str) -> None:
    """Write a new file, its folder too; UsageErrors `file-exists` and `file-not-written`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            try:
                file.write(content)
            except OSError:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        require_new(path)
        raise _not_written(path, "a file stands where a folder should") from None
    except OSError as error:
        raise _not_written(path, error.strerror or "the system refused") from None


def _not_written(path: Path, why: str) -> UsageError:
    return UsageError("file-not-written", f"can't write {path}: {why}", "name another file with --output")
