"""The records of a fix as they are kept: without secrets, and of characters that JSON can hold."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from harness.phase.documents import printable
from harness.phase.fix_documents import FixDocument, FixResultDocument
from harness.policy.secrets import masked

_TEXTS = ("command", "verify", "reason")


def kept_bytes(document: FixDocument | FixResultDocument) -> bytes:
    """The document's JSON with every secret in it masked, and what couldn't be decoded escaped."""
    texts = {name: _kept(getattr(document, name)) for name in _TEXTS if hasattr(document, name)}
    data = document.model_copy(update=texts).encode()
    # Some secrets are seen only beside what stands around them; no mask may end a text of the JSON.
    again = masked(data.decode()).encode()
    try:
        type(document).model_validate_json(again)
    except ValidationError:
        return data
    return again


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return masked(printable(value))
    return tuple(map(_kept, value)) if isinstance(value, tuple) else value
