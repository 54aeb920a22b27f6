"""Searching a text for another one in linear time, however alike the two are."""

from __future__ import annotations

# Python's own search takes quadratic time on short texts, up to this length, and linear time on longer ones.
_SHORT = 30_000
_CHEAP = 20_000


def searchable(text: str, wanted: str) -> str:
    """The text, or one that is longer and has `wanted` in the same places; `find` is linear in it."""
    if len(text) >= _SHORT or len(text) * len(wanted) <= _CHEAP or len(wanted) > len(text):
        return text
    return text + _filler(wanted)


def replace_everywhere(text: str, old: str, new: str) -> tuple[str, int]:
    """The text with every `old` (not empty) replaced, and how many there were."""
    if len(old) > len(text):
        return text, 0
    filler = _filler(old)
    parts = (text + filler).split(old)
    parts[-1] = parts[-1].removesuffix(filler)
    return new.join(parts), len(parts) - 1


def _filler(wanted: str) -> str:
    """A text without any character of `wanted`, so that nothing begun before it ends in it."""
    if "\0" not in wanted:
        return "\0" * _SHORT
    known = set(wanted)
    return next(chr(code) for code in range(len(known) + 1) if chr(code) not in known) * _SHORT
