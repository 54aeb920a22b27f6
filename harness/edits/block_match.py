"""Where a block of lines stands in a file: exactly, or but for blanks; every place, never the best one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from harness.edits.kept_lines import kept_lines
from harness.edits.repairs import RepairName
from harness.edits.text_search import searchable

_BLANKS = " \t\r"
# One more than one place is enough to refuse; a few more make a better message.
_MOST = 3
# How many lines may be compared one by one: so many, and some for every line of the file.
_LINES_COMPARED = 10_000
_LINES_COMPARED_EACH = 8


@dataclass(frozen=True, slots=True)
class Fit:
    """A place of a block: the index of its first line, and what had to be overlooked for it.

    `added` and `dropped` are the indentation that the block's lines lack, or have too much. `carriage`
    says whether new lines have to end in CR, None that they stay as they are.
    """

    start: int
    repair: RepairName | None = None
    added: str = ""
    dropped: str = ""
    carriage: bool | None = None

    def adjusted(self, line: str) -> str:
        """A new line of the block with the indentation and the line end it has in the file."""
        if line.strip(_BLANKS):
            line = self.added + line.removeprefix(self.dropped)
        if self.carriage is None:
            return line
        return line.removesuffix("\r") + ("\r" if self.carriage else "")


def exact_fits(lines: Sequence[str], block: Sequence[str]) -> list[Fit]:
    """Up to three places where the block's lines stand as they are; none for an empty block."""
    return [Fit(start) for start in islice(_starts(_joined(lines), _joined(block)), _MOST)]


def tolerant_fits(lines: Sequence[str], block: Sequence[str], new: Sequence[str] = ()) -> list[Fit]:
    """Up to three places where only blanks differ: at line ends, or else one and the same indentation.

    `new` are the lines that would come in, which must be able to lose a surplus indentation too.
    A block of blank lines alone fits nowhere, nor does one that could be in more places than it is
    linear to look at.
    """
    if not any(line.strip(_BLANKS) for line in block):
        return []
    ends, indents = _tolerant(lines, block)
    shared = _shared_indent(new)
    if not ends and shared is not None and not all(shared.startswith(fit.dropped) for fit in indents):
        return []  # A place that can't be used still keeps another one from being the only one.
    return [_with_line_end(fit, lines, block) for fit in ends or indents]


def fitted(lines: Sequence[str], fit: Fit, old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The new lines for a place. Those of the old lines that stay are the file's, byte for byte."""
    kept = kept_lines(old, new)
    return [
        lines[fit.start + kept[index]] if index in kept else fit.adjusted(line)
        for index, line in enumerate(new)
    ]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(["", *lines, ""])


def _squeezed(text: str) -> str:
    """The text without blanks: what is equal but for these is equal here, and little else."""
    for blank in _BLANKS:
        text = text.replace(blank, "")
    return text


def _starts(text: str, wanted: str) -> Iterator[int]:
    """The index of every line at which the wanted lines stand; both are joined."""
    if len(wanted) < 2 or len(wanted) > len(text):
        return
    text = searchable(text, wanted)
    index = counted = 0
    at = text.find(wanted)
    while at >= 0:
        index += text.count("\n", counted, at)
        yield index
        counted, at = at, text.find(wanted, at + 1)


def _tolerant(lines: Sequence[str], block: Sequence[str]) -> tuple[list[Fit], list[Fit]]:
    """The first places with other blanks at line ends, and those with another indentation."""
    left = _LINES_COMPARED + _LINES_COMPARED_EACH * len(lines)
    ends: list[Fit] = []
    indents: list[Fit] = []
    for start in _starts(_squeezed(_joined(lines)), _squeezed(_joined(block))):
        left -= len(block)
        if left < 0:
            # Not all places are known: one alone isn't known to be the only one.
            return (ends, []) if len(ends) > 1 else ([], [])
        if all(lines[i].rstrip(_BLANKS) == line.rstrip(_BLANKS) for i, line in enumerate(block, start)):
            ends.append(Fit(start, "whitespace"))
        elif len(indents) < _MOST and (fit := _reindented(lines, start, block)):
            indents.append(fit)
        if len(ends) == _MOST:
            break
    return ends, indents


def _reindented(lines: Sequence[str], start: int, block: Sequence[str]) -> Fit | None:
    first = next(index for index, line in enumerate(block) if line.strip(_BLANKS))
    there, here = _indent(lines[start + first]), _indent(block[first])
    surplus = len(there) - len(here)
    fit = Fit(start, "indentation", there[: max(surplus, 0)], here[: max(-surplus, 0)])
    same = all(
        fit.added + _indent(line) == fit.dropped + _indent(lines[index])
        and line.strip(_BLANKS) == lines[index].strip(_BLANKS)
        for index, line in enumerate(block, start)
        if line.strip(_BLANKS)
    )
    return fit if same else None


def _shared_indent(lines: Sequence[str]) -> str | None:
    """What all lines that aren't blank begin with; None if there is no such line."""
    indents = [_indent(line) for line in lines if line.strip(_BLANKS)]
    if not indents:
        return None
    # What the first and the last in order share, all share.
    first, last = min(indents), max(indents)
    differing = (index for index, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(differing, len(first))]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(_BLANKS))]


def _with_line_end(fit: Fit, lines: Sequence[str], block: Sequence[str]) -> Fit:
    """The fit with the line end of the first line it replaces, where the block has another one."""
    carriage = lines[fit.start].endswith("\r")
    other = any(line.endswith("\r") for line in block) != carriage
    return replace(fit, carriage=carriage) if other else fit
