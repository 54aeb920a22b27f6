"""The places of a file that come nearest to lines that aren't in it, for whoever writes the next reply."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.edits.diff_hunks import UNENDED
from harness.edits.model import Window

_TOLD = 3
_WINDOW_LINES = 12
_LINE_CHARACTERS = 200
# A line that stands more often than this says nothing about the place.
_OFTEN = 20
_LINES_VOTING = 1_000
_LINES_EXAMINED = 1_000
_CHARACTERS_COMPARED = 160
_ENOUGH_ALIKE = 0.4
_LINE_ENDS = f"\r{UNENDED}"


@dataclass(frozen=True, slots=True)
class Nearest:
    """One line about the nearest place, useful by itself, and excerpts of the nearest ones."""

    hint: str = ""
    windows: tuple[Window, ...] = ()


def nearest(lines: Sequence[str], wanted: Sequence[str], *, partial: bool = False) -> Nearest:
    """Where the wanted lines nearly stand, the nearest first; the search is bounded.

    `partial` says that the first of them may be the end of a line, and the last the beginning of one.
    """
    if not any(line.strip() for line in lines):
        return Nearest("The file is empty.")
    starts = _voted(lines, wanted) or _alike(lines, wanted, partial)
    if not starts:
        return Nearest("No line of the file is like it.")
    differing = [_differing(lines, start, wanted, partial) for start in starts]
    windows = tuple(
        _window(lines, start, len(wanted), found[0] if found else 0)
        for start, found in zip(starts, differing, strict=True)
    )
    return Nearest(f"Nearest: {_told(lines, starts[0], wanted, differing[0])}.", windows)


def most_alike(lines: Sequence[str], text: str, enough: float = _ENOUGH_ALIKE) -> list[int]:
    """The indices of the lines that are like a text, the most alike first; a thousand are examined.

    By quick ratios (1: equal) of their beginnings: exact ones take quadratic time.
    """
    import difflib

    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(text.strip()[:_CHARACTERS_COMPARED])
    scored: list[tuple[float, int]] = []
    for index, line in enumerate(lines[:_LINES_EXAMINED]):
        matcher.set_seq1(line.strip()[:_CHARACTERS_COMPARED])
        if matcher.real_quick_ratio() >= enough:
            scored.append((-matcher.quick_ratio(), index))
    return [index for score, index in sorted(scored) if -score >= enough]


def windows_at(lines: Sequence[str], places: Iterable[int], length: int) -> tuple[Window, ...]:
    """Excerpts around places (indices of lines) at which `length` lines begin."""
    return tuple(_excerpt(lines, place - 1, length + 2) for place in places)


def told_places(numbers: Sequence[int], most: int) -> str:
    """Line numbers in words; as many as `most` may not be all."""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    told = ", ".join(str(number) for number in numbers[:-1])
    more = ", perhaps more" if len(numbers) >= most else ""
    return f"lines {told} and {numbers[-1]}{more}"


def _voted(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Where most of the wanted lines stand at their distance from each other, rare ones counting more."""
    voters: defaultdict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(wanted[:_LINES_VOTING]):
        if text := line.strip():
            voters[text].append(index)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if (text := line.strip()) in voters and len(places[text]) <= _OFTEN:
            places[text].append(index)
    votes: Counter[int] = Counter()
    for text, found in places.items():
        if len(found) <= _OFTEN and len(voters[text]) <= _OFTEN:
            weight = 1000 // len(found)
            votes.update({place - voter: weight for place in found for voter in voters[text]})
    return _apart(sorted(votes, key=lambda start: (-votes[start], start)), len(wanted))


def _apart(starts: Iterable[int], length: int) -> list[int]:
    """The first few that don't share most of what they would show."""
    found: list[int] = []
    for start in starts:
        if all(abs(start - other) >= min(length, _WINDOW_LINES - 2) for other in found):
            found.append(start)
        if len(found) == _TOLD:
            break
    return found


def _alike(lines: Sequence[str], wanted: Sequence[str], partial: bool) -> list[int]:
    """Where the line stands that is most like the longest of the wanted ones, or if `partial` begins so."""
    telling = max(range(len(wanted[:_LINES_VOTING])), key=lambda index: len(wanted[index].strip()), default=0)
    text = wanted[telling].strip() if wanted else ""
    if not text:
        return []
    examined = _worth_comparing(lines, text)
    most = len(text) if partial else None
    alike = most_alike([lines[index].strip()[:most] for index in examined], text)
    return _apart((examined[index] - telling for index in alike), len(wanted))


def _worth_comparing(lines: Sequence[str], text: str) -> list[int]:
    """The lines that share a long word with the text, or else the first ones of the file."""
    import re

    words = set(re.findall(r"\w{3,}", text[:_CHARACTERS_COMPARED]))
    for word in sorted(words, key=lambda word: (-len(word), word))[:_TOLD]:
        if found := [index for index, line in enumerate(lines) if word in line]:
            return found[:_LINES_EXAMINED]
    return list(range(min(len(lines), _LINES_EXAMINED)))


def _told(lines: Sequence[str], start: int, wanted: Sequence[str], differing: Sequence[int]) -> str:
    """The lines of the nearest place, and how they differ from the wanted ones."""
    first, last = max(start, 0) + 1, min(start + len(wanted), len(lines))
    where = f"line {first}" if first >= last else f"lines {first}-{last}"
    only = _only(lines, start, wanted, differing)
    verb = f"which {'differs' if first >= last else 'differ'}{only}"
    if not differing or (len(wanted) == 1 and not only):
        return where
    if len(wanted) == 1:
        return f"{where}, {verb}"
    if len(differing) == 1:
        return f"{where}, {verb} in the {_ordinal(differing[0] + 1)} line"
    return f"{where}, {verb} in {len(differing)} lines, first in the {_ordinal(differing[0] + 1)}"


def _differing(lines: Sequence[str], start: int, wanted: Sequence[str], partial: bool) -> list[int]:
    """The indices of the wanted lines that aren't the file's."""
    found = [index for index, line in enumerate(wanted) if _at(lines, start + index) != line]
    if not partial:
        return found
    last = len(wanted) - 1
    return [index for index in found if not _is_part(_at(lines, start + index), wanted[index], index, last)]


def _is_part(there: str | None, line: str, index: int, last: int) -> bool:
    if there is None or index not in {0, last}:
        return False
    return line in there if last == 0 else there.endswith(line) if index == 0 else there.startswith(line)


def _only(lines: Sequence[str], start: int, wanted: Sequence[str], differing: Sequence[int]) -> str:
    """In what nobody sees the lines differ, if it is only that."""
    pairs = [(_at(lines, start + index) or "", wanted[index]) for index in differing]
    if all(there.rstrip(_LINE_ENDS) == line.rstrip(_LINE_ENDS) for there, line in pairs):
        return " only in line ends (CR LF)" if any("\r" in there + line for there, line in pairs) else ""
    if all(_unmarked(there) == _unmarked(line) for there, line in pairs):
        return " only in the byte-order mark"
    return " only in blanks" if all(there.split() == line.split() for there, line in pairs) else ""


def _unmarked(line: str) -> str:
    """A line without a byte-order mark, which a diff has as three characters."""
    return line.removeprefix("\ufeff").removeprefix("\xef\xbb\xbf")


def _at(lines: Sequence[str], index: int) -> str | None:
    return lines[index] if 0 <= index < len(lines) else None


def _window(lines: Sequence[str], start: int, length: int, differing: int) -> Window:
    """The place with a line either side; of a long one the part that is the first to differ."""
    begin, end = start - 1, start + length + 1
    if differing > _WINDOW_LINES - 3:
        begin = start + differing - _WINDOW_LINES // 2
    return _excerpt(lines, begin, end - begin)


def _excerpt(lines: Sequence[str], begin: int, length: int) -> Window:
    end = min(begin + length, len(lines))
    begin = min(max(begin, 0), max(len(lines) - 1, 0))
    shown = lines[begin : min(end, begin + _WINDOW_LINES)]
    return Window(begin + 1, tuple(line[:_LINE_CHARACTERS] for line in shown))


def _ordinal(number: int) -> str:
    last = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"
