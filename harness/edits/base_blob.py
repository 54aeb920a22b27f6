"""`base_blob`: an operation may say which blob it was written against; a stale one is refused."""

from __future__ import annotations

import re

from harness.edits.model import Create
from harness.edits.operation_schema import OperationModel
from harness.edits.planned_state import PlannedFile
from harness.edits.rejection import Rejection
from harness.paths import shown

_BLOB = re.compile(r"[0-9a-f]{40}")


def check_base(operation: OperationModel, path: str, file: PlannedFile | None) -> None:
    """Raises `Rejection` unless `base_blob`, if there is one, is what `file` was at the start."""
    base = operation.base_blob
    if base is None:
        return
    if not _BLOB.fullmatch(base):
        message = f"`base_blob` must be a blob's full name, 40 hex digits, not `{shown(base)}`"
        raise Rejection("bad-base-blob", message)
    if file is None and not isinstance(operation, Create):
        return  # The operation itself says that the file is missing.
    if file is None or file.origin is None:
        message = f"`{path}` has a `base_blob`, but it is not a file of the start tree"
        raise Rejection("bad-base-blob", message, "Leave `base_blob` out for new files.")
    if file.origin != base:
        message = f"`{path}` is based on blob {base}, but the start tree has {file.origin}"
        raise Rejection("stale-base", message, "Read the file as it is now and send it again.")
