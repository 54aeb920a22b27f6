"""`base_blob`: an operation may say which blob it was written against; a stale one is refused."""

from __future__ import annotations

import re

from harness.edits.planned_state import PlannedFile
from harness.edits.rejection import Rejection
from harness.paths import shown

_BLOB = re.compile(r"[0-9a-f]{40}")


def check_base(base: str | None, path: str, file: PlannedFile | None, *, creates: bool) -> None:
    """Raises `Rejection` unless `base`, if there is one, is the blob that `file` was at the start.

    `creates` says that the operation can do without a file.
    """
    if base is None:
        return
    if not _BLOB.fullmatch(base):
        message = f"`base_blob` must be a blob's full name, 40 hex digits, not `{shown(base)}`"
        raise Rejection("bad-base-blob", message, "Give the whole name, or leave `base_blob` out.")
    if file is None and not creates:
        return  # The operation itself says that the file is missing.
    if file is None or file.origin is None:
        message = f"`{path}` has a `base_blob`, but it is not a file of the start tree"
        raise Rejection("bad-base-blob", message, "Leave `base_blob` out for new files.")
    if file.origin != base:
        message = f"`{path}` is based on blob {base}, but the start tree has {file.origin}"
        raise Rejection("stale-base", message, "Read the file as it is now and send it again.")
