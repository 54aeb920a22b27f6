"""Words that depend on a number."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """`1 phase`, `2 phases`, `1,000 phases`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
