"""A word of shell text, read as a shell reads it: quotes, escapes, expansions and braces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

# What only a running shell could know, inside an otherwise literal word.
UNKNOWN = "\x01"  # some text, within one word
SPLIT = "\x02"  # some text that may be any number of words
NAMED = "\x06"  # one word that git printed, which doesn't begin with a dash
NAMES = "\x07"  # any number of words of that kind
_MARKS = re.compile("[\x01\x02\x06\x07]")
_OPEN, _COMMA, _CLOSE = "\x03", "\x04", "\x05"  # braces that were not quoted

MAX_EXPANDED = 256
MAX_BRACED_CHARACTERS = 2048
_METACHARACTERS = frozenset(" \t\n;&|()<>")
_SIMPLE_ESCAPES = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SIMPLE_ESCAPES |= {"v": "\v", "\\": "\\", '"': '"', "?": "?"}
_NUMBERED = re.compile(r"x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})")


# What stands for the folder of the command itself, which for a fix is the root of the worktree.
_HERE = re.compile(r"\$PWD|\$\{PWD\}|\$\( *(pwd|git rev-parse --show-toplevel) *\)|` *pwd *`")
# Commands that print names of objects or references, which never begin with a dash.
_PRINTS_NAMES = re.compile(
    r"\$\( *git (rev-parse( (--short|--abbrev-ref|--verify))?|merge-base|describe|stash create|write-tree"
    r"|symbolic-ref --short)( (--tags|--always|--abbrev=\d+|--all|[\w@][\w@{}./^~-]*))* *\)"
)


class UnreadableError(ValueError):
    """Text that can't be read with certainty; the message says why."""


def is_literal(word: str) -> bool:
    """Whether a shell can't make anything else of `word`."""
    return not _MARKS.search(word)


def shown(word: str) -> str:
    """`word` for people: what is not known is `$…`."""
    return _MARKS.sub("$…", word)


def read_word(text: str, start: int, end: int, expansions: Mapping[int, tuple[int, str]]) -> list[str]:
    """The words that `text[start:end]` makes; several where braces multiply it.

    `text` is bytes as Latin-1, so that every index is a byte's. `expansions` maps where an expansion
    starts to where it ends and what it is. Raises UnreadableError where the text isn't one word.
    """
    words = expand_braces(_Reader(text, end, expansions).read(start))
    if len(words) > 1 and "" in words:
        # An empty part vanishes, unless a quote in it keeps it.
        if "'" in text[start:end] or '"' in text[start:end]:
            raise UnreadableError("it has braces with empty parts")
        words = [word for word in words if word]
    return [_as_utf8(word) for word in words]


def read_value(text: str, start: int, end: int, expansions: Mapping[int, tuple[int, str]]) -> str:
    """The value of an assignment, where braces mean nothing and nothing is split."""
    read = _Reader(text, end, expansions).read(start)
    return _as_utf8(_plain(read).replace(SPLIT, UNKNOWN))


def _as_utf8(word: str) -> str:
    return word.encode("latin-1").decode("utf-8")


class _Reader:
    def __init__(self, text: str, end: int, expansions: Mapping[int, tuple[int, str]]) -> None:
        self.text, self.end, self.expansions = text, end, expansions
        self.made: list[str] = []

    def read(self, start: int) -> str:
        at = start
        while at < self.end:
            at = self._unquoted(at)
        return "".join(self.made)

    def _unquoted(self, at: int) -> int:
        character = self.text[at]
        if at in self.expansions:
            return self._expansion(at, quoted=False)
        if character == "\\":
            return self._escape(at)
        if character == "'":
            return self._single(at)
        if character == '"':
            return self._double(at + 1)
        if character == "$":
            return self._dollar(at)
        if character == "`" or character in _METACHARACTERS:
            raise UnreadableError(f"it has {character!r} where a word was expected")
        self.made.append({"{": _OPEN, ",": _COMMA, "}": _CLOSE}.get(character, character))
        return at + 1

    def _expansion(self, at: int, quoted: bool) -> int:
        end, kind = self.expansions[at]
        source = self.text[at:end]
        if kind == "process_substitution":
            self.made.append("/dev/fd/" + UNKNOWN)
        elif source in ("$?", "$#", "$$"):
            self.made.append("0")
        elif source in ("$HOME", "${HOME}"):
            self.made.append("~")
        elif _HERE.fullmatch(source):
            self.made.append(".")
        elif _PRINTS_NAMES.fullmatch(source):
            self.made.append(NAMED if quoted else NAMES)
        else:
            several = not quoted or re.match(r"\$\{?!?(@|\w+\[@)", source)
            self.made.append(SPLIT if several else UNKNOWN)
        return end

    def _escape(self, at: int) -> int:
        if at + 1 >= self.end:
            raise UnreadableError("it has a backslash with nothing behind it")
        if self.text[at + 1] != "\n":
            self.made.append(self.text[at + 1])
        return at + 2

    def _single(self, at: int) -> int:
        close = self.text.find("'", at + 1, self.end)
        if close < 0:
            raise UnreadableError("it has a single quote that isn't closed")
        self.made.append(self.text[at + 1 : close])
        return close + 1

    def _double(self, at: int) -> int:
        while at < self.end:
            character = self.text[at]
            if character == '"':
                return at + 1
            if at in self.expansions:
                at = self._expansion(at, quoted=True)
                continue
            if character == "\\" and at + 1 < self.end and self.text[at + 1] in '$`"\\\n':
                at = self._escape(at)
                continue
            if character == "`" or (character == "$" and _begins_expansion(self.text[at + 1 : at + 2])):
                raise UnreadableError("it has an expansion that can't be read")
            self.made.append(character)
            at += 1
        raise UnreadableError("it has a double quote that isn't closed")

    def _dollar(self, at: int) -> int:
        following = self.text[at + 1 : min(at + 2, self.end)]
        if following == "'":
            return self._ansi_c(at + 2)
        if following == '"':
            return self._double(at + 2)
        if _begins_expansion(following):
            raise UnreadableError("it has an expansion that can't be read")
        self.made.append("$")
        return at + 1

    def _ansi_c(self, at: int) -> int:
        while at < self.end:
            character = self.text[at]
            if character == "'":
                return at + 1
            if character != "\\":
                self.made.append(character)
                at += 1
                continue
            at = self._ansi_c_escape(at + 1)
        raise UnreadableError("it has a single quote that isn't closed")

    def _ansi_c_escape(self, at: int) -> int:
        character = self.text[at : at + 1]
        if character in _SIMPLE_ESCAPES:
            self.made.append(_SIMPLE_ESCAPES[character])
            return at + 1
        numbered = _NUMBERED.match(self.text, at)
        if not numbered:
            # A quote in here ends the word for one shell and not for another.
            raise UnreadableError("it has an escape in $'…' that shells read differently")
        code = int(numbered[1] or numbered[2] or numbered[3], 16) if not numbered[4] else int(numbered[4], 8)
        if not 8 <= code < 0x80:
            raise UnreadableError("it has a character in $'…' that is not plain text")
        self.made.append(chr(code))
        return numbered.end()


def _begins_expansion(character: str) -> bool:
    return bool(character) and (character.isalnum() or character in "_({[@*#?$!-")


def expand_braces(word: str) -> list[str]:
    """What unquoted braces make of a word; the word alone where they are no brace expansion."""
    if _OPEN not in word:
        return [_plain(word)]
    if len(word) > MAX_BRACED_CHARACTERS:
        raise UnreadableError(f"it has braces in a word of more than {MAX_BRACED_CHARACTERS} characters")
    if _holds_sequence(word):
        # A sequence: as many words as it likes, each of them anything.
        return [SPLIT + _plain(word)]
    made = list(_expanded(word, [0]))
    return [_plain(one) for one in made]


def _holds_sequence(word: str) -> bool:
    """Whether two dots stand inside of braces."""
    depth = 0
    for at, character in enumerate(word):
        if character == _OPEN:
            depth += 1
        elif character == _CLOSE:
            depth = max(depth - 1, 0)
        elif depth and word.startswith("..", at):
            return True
    return False


def _expanded(word: str, count: list[int]) -> Iterator[str]:
    found = _first_brace(word)
    count[0] += 1
    if count[0] > MAX_EXPANDED:
        raise UnreadableError(f"it has braces that make more than {MAX_EXPANDED} words")
    if found is None:
        yield word
        return
    start, end, parts = found
    for part in parts:
        yield from _expanded(word[:start] + part + word[end + 1 :], count)


def _first_brace(word: str) -> tuple[int, int, list[str]] | None:
    """(start, end, parts) of the first brace that holds a comma of its own; None without one."""
    stack: list[tuple[int, list[int]]] = []
    found: dict[int, tuple[int, list[int]]] = {}
    for at, character in enumerate(word):
        if character == _OPEN:
            stack.append((at, []))
        elif character == _COMMA and stack:
            stack[-1][1].append(at)
        elif character == _CLOSE and stack:
            start, commas = stack.pop()
            if commas:
                found[start] = (at, commas)
    if not found:
        return None
    start = min(found)
    end, commas = found[start]
    edges = [start, *commas, end]
    return start, end, [word[a + 1 : b] for a, b in pairwise(edges)]


def _plain(word: str) -> str:
    return word.replace(_OPEN, "{").replace(_COMMA, ",").replace(_CLOSE, "}")
