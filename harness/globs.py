"""Globs with gitignore semantics, one translation for engine and guard; standard library only."""

from __future__ import annotations

import re

from harness.errors import UsageError
from harness.fold import fold, fold_component

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ANY_DEPTH = "**"
# A backslash before one of these escapes it, as in gitignore; elsewhere it is a separator.
_BACKSLASH = re.compile(r"\\([*?\[\]!#\\ ^-]?)")
_POSIX_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


def compile_globs(patterns: Iterable[str], *, casefold: bool = False) -> Globs:
    """`patterns` ready to match; UsageError `bad-glob` for one that could never match.

    Semantics are gitignore's, but `src`, `src/` and `src/**` mean the same: the path itself and
    everything below. A pattern without an inner or a leading slash matches at any depth, any other
    is anchored at the repository's root. In lists written by people, blanks around a pattern, a
    leading `./` and backslashes as separators are normalised.

    `casefold` compares NFKC-normalised, casefolded components, as some file systems do; what a `!`
    pattern takes out must still match exactly.
    """
    return Globs([_Rule(pattern, casefold) for pattern in patterns], casefold)


class Globs:
    """A compiled list of patterns, made by `compile_globs`."""

    __slots__ = ("_casefold", "_quick", "_rules")

    def __init__(self, rules: list[_Rule], casefold: bool) -> None:
        self._rules = rules
        self._casefold = casefold
        # One expression turns most paths away.
        sources = [rule.loosest for rule in rules if not rule.negated]
        self._quick = re.compile("|".join(sources)) if sources else None

    def match(self, path: str) -> str | None:
        """The pattern, as it was written, by which `path` is on the list; None where it isn't.

        `path` is a file's: POSIX, relative to the repository's root. The last pattern that covers
        it decides.
        """
        folded = fold(path) if self._casefold else path
        if self._quick is None:
            return None
        if not self._quick.match(folded) and (path.isascii() or not self._casefold):
            return None
        for rule in reversed(self._rules):
            if rule.covers(path, folded):
                return None if rule.negated else rule.pattern
        return None


class _Rule:
    """One pattern, as written and as expressions, which are compiled when first needed."""

    __slots__ = ("_compiled", "_exact", "_folded", "negated", "pattern")

    def __init__(self, pattern: str, casefold: bool) -> None:
        self.pattern = pattern
        self.negated, floating, segments = _parse(pattern)
        self._exact = _translate(floating, segments, casefold=False)
        # Another spelling is another file: taking one out of protection needs its exact name.
        wanted = casefold and not self.negated
        self._folded = _translate(floating, segments, casefold=True) if wanted else None
        self._compiled: dict[str, re.Pattern[str]] = {}

    @property
    def loosest(self) -> str:
        """The expression that finds the most."""
        return self._exact if self._folded is None else self._folded

    def covers(self, path: str, folded: str) -> bool:
        """Whether the pattern matches the path or one of its folders."""
        if self._folded is not None and self._found(self._folded, folded):
            return True
        return self._found(self._exact, path)

    def _found(self, source: str, subject: str) -> bool:
        if source not in self._compiled:
            self._compiled[source] = re.compile(source)
        return self._compiled[source].match(subject) is not None


def _translate(floating: bool, segments: list[str], casefold: bool) -> str:
    """The regular expression for a path that a pattern covers; none backtracks beyond a segment.

    The blocks between two `**` are found leftmost and never given up again (atomic groups): each
    takes a fixed number of segments, so the earliest find leaves most to the blocks after it.
    """
    if segments == [_ANY_DEPTH]:
        return ""
    *before, last = _blocks(segments, casefold)
    expression = ""
    for block in before:
        expression += f"(?>(?:[^/]++/)*?{block}/)" if floating else f"{block}/"
        floating = True
    return expression + ("(?:[^/]++/)*?" if floating else "") + last + r"(?:/|\Z)"


def _parse(pattern: str) -> tuple[bool, bool, list[str]]:
    """(taken out, at any depth, segments without a trailing `**`) of a pattern."""
    text = _strip(pattern)
    negated = text.startswith("!")
    text = _BACKSLASH.sub(_normalised, _strip(text[1:]) if negated else text)
    if text.startswith("#"):
        raise _bad(pattern, "starts with '#', a comment in gitignore", "write \\# for the character")
    segments = [segment for segment in text.split("/") if segment not in ("", ".")]
    if not segments:
        raise _bad(pattern, "names no path", "`**` means everything")
    if ".." in segments:
        raise _bad(pattern, "holds '..'", "patterns are relative to the repository's root")
    while len(segments) > 1 and segments[-1] == _ANY_DEPTH:
        del segments[-1]
    floating = len(segments) == 1 and not text.startswith("/")
    if segments[0] == _ANY_DEPTH and len(segments) > 1:
        floating = True
        while segments[0] == _ANY_DEPTH:
            del segments[0]
    for segment in segments:
        _check_brackets(pattern, segment)
    return negated, floating, segments


def _strip(text: str) -> str:
    stripped = text.strip()
    escapes = len(stripped) - len(stripped.rstrip("\\"))
    # An escaped blank at the end belongs to the name.
    return stripped + " " if escapes % 2 and text.rstrip() != text else stripped


def _normalised(match: re.Match[str]) -> str:
    return match[0] if match[1] else "/"


def _bad(pattern: str, why: str, hint: str) -> UsageError:
    return UsageError("bad-glob", f"the pattern {pattern!r} {why}, so it would never match", hint)


def _check_brackets(pattern: str, segment: str) -> None:
    index = 0
    while index < len(segment):
        if segment[index] == "[":
            end = _bracket_end(segment, index)
            if end is None:
                raise _bad(pattern, "has a '[' that is never closed", "write \\[ for the character")
            index = end
        index += 2 if segment[index] == "\\" else 1


def _blocks(segments: list[str], casefold: bool) -> list[str]:
    """Expressions for the runs of segments between the `**` segments."""
    runs: list[list[str]] = [[]]
    for segment in segments:
        if segment != _ANY_DEPTH:
            runs[-1].append(_segment(segment, casefold))
        elif runs[-1]:
            runs.append([])
    return ["/".join(run) for run in runs]


def _segment(segment: str, casefold: bool) -> str:
    """One segment's expression; pieces between two stars are found leftmost, like blocks."""
    pieces = [""]
    literal = ""
    for kind, text in _tokens(segment):
        if kind == "literal":
            literal += text
            continue
        pieces[-1] += _escaped(literal, casefold)
        literal = ""
        if kind == "star":
            pieces.append("")
        else:
            pieces[-1] += f"(?i:{text})" if casefold and kind == "class" else text
    pieces[-1] += _escaped(literal, casefold)
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle if piece) + "[^/]*" + last


def _tokens(segment: str) -> Iterator[tuple[str, str]]:
    index = 0
    while index < len(segment):
        character = segment[index]
        if character == "*":
            yield "star", ""
        elif character == "?":
            yield "one", "[^/]"
        elif character == "[":
            end = _bracket_end(segment, index) or index
            yield "class", _bracket(segment[index + 1 : end])
            index = end
        elif character == "\\":
            index += 1
            yield "literal", segment[index]
        else:
            yield "literal", character
        index += 1


def _bracket_end(segment: str, start: int) -> int | None:
    """Where the bracket expression that opens at `start` closes; None if it never does."""
    index = start + 1
    if segment[index : index + 1] in ("!", "^"):
        index += 1
    first = index
    while index < len(segment):
        if segment.startswith("[:", index) and ":]" in segment[index + 2 :]:
            index = segment.index(":]", index + 2) + 1
        elif segment[index] == "\\":
            index += 1
        elif segment[index] == "]" and index > first:
            return index
        index += 1
    return None


def _bracket(body: str) -> str:
    """The expression for a bracket's content; like git's it never matches a slash."""
    negated = body[0] in "!^"
    items, index = "", int(negated)
    while index < len(body):
        if body.startswith("[:", index) and ":]" in body[index + 2 :]:
            end = body.index(":]", index + 2)
            items += _POSIX_CLASSES.get(body[index + 2 : end], "")
            index = end + 2
            continue
        low, index = _bracket_character(body, index)
        high = low
        if body[index : index + 1] == "-" and index + 1 < len(body):
            high, index = _bracket_character(body, index + 1)
        if low <= high:
            items += f"{re.escape(low)}-{re.escape(high)}"
    if not items:
        return "[^/]" if negated else "(?!)"
    return f"(?!/)[{'^' if negated else ''}{items}]"


def _bracket_character(body: str, index: int) -> tuple[str, int]:
    if body[index] == "\\":
        index += 1
    return body[index], index + 1


def _escaped(literal: str, casefold: bool) -> str:
    return re.escape(fold_component(literal) if casefold else literal)
