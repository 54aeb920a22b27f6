"""Text of others as markup: shown as itself, whatever it is, and never longer than is readable."""

from __future__ import annotations

import html
from collections.abc import Iterable

from harness.telemetry.shown import short

WIDTH = 200
"""The characters of a value that are shown."""


def text(value: object, width: int = WIDTH) -> str:
    """`value` as text of an HTML or SVG document, also within a quoted attribute.

    What can't be seen (control characters, direction marks, halves of surrogate pairs) is escaped.
    """
    visible = "".join(c if c.isprintable() else _escaped(c) for c in short(str(value), width))
    return html.escape(visible, quote=True)


def number(value: float | None, digits: int = 0) -> str:
    """A number with its thousands apart; a dash where it isn't known."""
    return "–" if value is None else f"{value:,.{digits}f}"


def compact(value: float) -> str:
    """A number as an axis shows it: 950, 1.2k, 30k, 4M."""
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def joined(parts: Iterable[str]) -> str:
    """Pieces of markup, a line each."""
    return "\n".join(part for part in parts if part)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
