"""Ids of git objects, computed without a repository."""

from __future__ import annotations

import hashlib


def blob_id(data: bytes) -> str:
    """git's id of a blob with these bytes, in a SHA-1 repository."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
