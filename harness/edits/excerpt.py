"""Windows of a file as text with line numbers, for people and for the next attempt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.edits.model import Window


def excerpt(windows: Sequence[Window]) -> str:
    """The windows one below the other, an ellipsis between; "" for none."""
    return "\n…\n".join(_numbered(window) for window in windows)


def _numbered(window: Window) -> str:
    width = len(str(window.line + len(window.lines) - 1))
    lines = enumerate(window.lines, window.line)
    return "\n".join(f"{number:>{width}} | {line}".rstrip() for number, line in lines)
