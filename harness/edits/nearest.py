"""The lines of a file nearest to a text that isn't in it, for whoever writes the next reply."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from harness.paths import shown

_LINES_EXAMINED = 2_000
_CHARACTERS_COMPARED = 160
_TOLD = 3
_ENOUGH_ALIKE = 0.4
_STARTS_TRIED = 20


def nearest(text: str, wanted: str) -> str:
    """One line about where `wanted` nearly stands in `text`; the search is bounded."""
    lines = text.split("\n")
    asked = wanted.strip("\n").split("\n")
    partial = _partial(lines, asked) if len(asked) > 1 else ""
    if partial:
        return partial
    line = next((line for line in asked if line.strip()), "")
    alike = _alike(lines[:_LINES_EXAMINED], line.strip())
    if not alike:
        return "No line of the file is like it."
    told = "; ".join(f"line {number}: {shown(lines[number - 1].strip())}" for number in alike)
    return f"Nearest: {told}"


def _partial(lines: Sequence[str], asked: Sequence[str]) -> str:
    """Where its first lines stand as they are, and the line that is the first to differ."""
    best_start, best_length = -1, 0
    tried = 0
    for start, line in enumerate(lines):
        if line != asked[0]:
            continue
        length = _run(lines, start, asked)
        if length > best_length:
            best_start, best_length = start, length
        tried += 1
        if tried == _STARTS_TRIED:
            break
    differing = best_start + best_length
    if best_start < 0 or best_length == len(asked) or not any(asked[:best_length]):
        return ""
    if differing >= len(lines):
        return f"Its first {best_length} lines stand at line {best_start + 1}, where the file ends."
    return (
        f"It stands at line {best_start + 1} up to line {differing + 1}, "
        f"which reads: {shown(lines[differing])}"
    )


def _run(lines: Sequence[str], start: int, asked: Sequence[str]) -> int:
    length = 0
    while length < len(asked) and start + length < len(lines):
        if lines[start + length] != asked[length]:
            break
        length += 1
    return length


def _alike(lines: Sequence[str], wanted: str) -> list[int]:
    """Numbers of the lines most like it. Quick ratios alone: exact ones take quadratic time."""
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted[:_CHARACTERS_COMPARED])
    scored = []
    for number, line in enumerate(lines, 1):
        matcher.set_seq1(line.strip()[:_CHARACTERS_COMPARED])
        if matcher.real_quick_ratio() >= _ENOUGH_ALIKE:
            score = matcher.quick_ratio()
            if score >= _ENOUGH_ALIKE:
                scored.append((-score, number))
    best = sorted(scored)[: 3 * _TOLD]
    return [number for _, number in sorted(_exact(matcher, lines, best))[:_TOLD]]


def _exact(
    matcher: difflib.SequenceMatcher[str], lines: Sequence[str], best: list[tuple[float, int]]
) -> list[tuple[float, int]]:
    scored = []
    for _, number in best:
        matcher.set_seq1(lines[number - 1].strip()[:_CHARACTERS_COMPARED])
        scored.append((-matcher.ratio(), number))
    return scored
