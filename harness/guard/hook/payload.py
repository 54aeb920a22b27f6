"""What an agent writes to a hook's standard input: one JSON object."""

from __future__ import annotations

import json
from typing import Any

from harness.guard.hook.tool_call import UnreadableError

MOST_BYTES = 64 * 1024 * 1024


def read_payload(data: bytes) -> dict[str, Any]:
    """The object; UnreadableError for anything else. A byte-order mark, which Cursor sends, is skipped."""
    if len(data) > MOST_BYTES:
        raise UnreadableError(f"it is longer than {MOST_BYTES} bytes")
    try:
        payload = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"it is not JSON: {error}") from None
    if not isinstance(payload, dict):
        raise UnreadableError("it is not a JSON object")
    return payload
