"""File names in a diff: read as git reads them, and written as git writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from harness.paths import shown

GIT_HEADER = "diff --git "
DEV_NULL = "/dev/null"

Kind = Literal["add", "delete", "modify", "rename", "copy"]
Names = tuple[Kind, str | None, str | None]
"""What a header says is done, and the source and target path; None is /dev/null."""

_PREFIX = re.compile(r"\A[abciow12]/")
_FOLDERS = frozenset(f"{letter}/" for letter in "ciow12")
_MOVES = ("rename ", "copy ")
# What GNU diff writes in place of a side that isn't there: the beginning of 1970, in any time zone.
_EPOCH = re.compile(
    r"\t(?:1969-12-31|1970-01-01) ([0-2][0-9]):([0-5][0-9]):00(?:\.0+)? ([-+])([0-2][0-9]):?([0-5][0-9])\r?$"
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_MOST_SHOWN = 80
_ESCAPE = re.compile(r"\\([0-3][0-7]{2}|.)")
_ESCAPED = dict(zip('abtnvfr"\\', '\a\b\t\n\v\f\r"\\', strict=True))


class NameProblem(Exception):
    """A header's file names can't be told, or can be told in two ways."""


def path_of(text: str, bare: bool = False) -> str | None:
    """The path that a `---` or `+++` line names; None is `/dev/null`. Raises `NameProblem`.

    `bare`: what looks like git's prefix is a folder.
    """
    text = text.removesuffix("\r")
    if text.startswith('"'):
        quoted = _QUOTED.match(text)
        if quoted is None:
            raise NameProblem(f"a quoted name does not end: {shown_line(text)}")
        name = _unquote(quoted[0])
    else:
        name = text.partition("\t")[0]
    return None if name == DEV_NULL else _decoded(name if bare else _PREFIX.sub("", name, count=1))


def shown_line(line: str) -> str:
    """A line of a diff, which is a character a byte, as it reads: the beginning of it."""
    return shown(line[:_MOST_SHOWN].encode("latin-1").decode("utf-8", "replace"))


def literal_path(text: str) -> str:
    """The path in a line that names it without `a/` or `b/`, as git takes it. Raises `NameProblem`."""
    name = text.removesuffix("\r")
    return _decoded(_unquote(name) if name.startswith('"') else name)


def plain_change(source: str | None, target: str | None) -> Names:
    """What two names alone say; None is /dev/null. Raises `NameProblem`."""
    if source is None and target is None:
        raise NameProblem("both its sides are /dev/null")
    if source is None or target is None:
        return "add" if source is None else "delete", source, target
    if source != target:
        raise NameProblem(f"it names `{shown(source)}` on one side, `{shown(target)}` on the other")
    return "modify", source, target


def plain_sides(before: str, after: str) -> tuple[str | None, str | None]:
    """The paths that a `---` and a `+++` line name without a header of git's; None is no file.

    Raises `NameProblem`.
    """
    bare = is_bare((before, after))
    source, target = path_of(before.removeprefix("--- "), bare), path_of(after.removeprefix("+++ "), bare)
    if source is not None and target is not None:
        if _is_epoch(before):
            return None, target
        if _is_epoch(after):
            return source, None
    return source, target


def is_bare(head: Sequence[str]) -> bool:
    """Whether a file's header lines name it without git's `a/` and `b/`, on every side.

    The other letters that git may write there are different ones on the two sides; the same on both is
    the name of a folder.
    """
    header = (
        halves(head[0].removeprefix(GIT_HEADER).removesuffix("\r")) if head[0].startswith(GIT_HEADER) else ()
    )
    names = [line[4:] for line in head if line.startswith(("--- ", "+++ "))]
    letters = set(_prefixes(names or header))
    if letters <= _FOLDERS and not any(line.startswith(_MOVES) for line in head):
        return len(letters.union(_prefixes(header))) == 1
    return letters == {""}


def _prefixes(names: Sequence[str]) -> list[str]:
    """What names begin with that may be a prefix of git's, "" for nothing like it; /dev/null has none."""
    sides = (name.lstrip('"') for name in names if name.partition("\t")[0].rstrip("\r") != DEV_NULL)
    return [found[0] if (found := _PREFIX.match(side)) else "" for side in sides]


def with_prefixes(head: Sequence[str], source: str, target: str) -> list[str]:
    """The header lines with `a/` before the source and `b/` before the target, where they are named."""
    first, second = _quoted("a/", source), _quoted("b/", target)
    written = []
    for line in head:
        if line.startswith(GIT_HEADER):
            line = f"{GIT_HEADER}{first} {second}"
        elif line.startswith("--- ") and path_of(line[4:]) is not None:
            line = f"--- {first}\t" if " " in first else f"--- {first}"
        elif line.startswith("+++ ") and path_of(line[4:]) is not None:
            line = f"+++ {second}\t" if " " in second else f"+++ {second}"
        written.append(line)
    return written


def halves(text: str) -> tuple[str, str]:
    """Both names of a `diff --git` line, of which the first is quoted or the two are equally long."""
    if text.startswith('"'):
        first = _QUOTED.match(text)
        return (first[0], text[first.end() + 1 :]) if first else ("", "")
    half = len(text) // 2
    return text[:half], text[half + 1 :]


def _is_epoch(line: str) -> bool:
    found = _EPOCH.search(line)
    if found is None:
        return False
    hour, minute, sign, zone_hours, zone_minutes = found.groups()
    offset = (int(zone_hours) * 60 + int(zone_minutes)) * (1 if sign == "+" else -1)
    return int(hour) * 60 + int(minute) - offset == (24 * 60 if "1969-12-31" in found[0] else 0)


def _quoted(prefix: str, path: str) -> str:
    """A path as git writes it in a header; Latin-1, a character a byte."""
    text = prefix + path.encode("utf-8", "surrogateescape").decode("latin-1")
    if not any(character < " " or character in '"\\\x7f' for character in text):
        return text
    escaped = (f"\\{ord(c):03o}" if c < " " or c in '"\\\x7f' else c for c in text)
    return f'"{"".join(escaped)}"'


def _unquote(quoted: str) -> str:
    """Git's C quoting undone; the text stays a character a byte."""
    if len(quoted) < 2 or not quoted.endswith('"'):
        raise NameProblem(f"a quoted name does not end: {shown_line(quoted)}")
    return _ESCAPE.sub(_unescape, quoted[1:-1])


def _unescape(match: re.Match[str]) -> str:
    text = match[1]
    if text.isdigit():
        return chr(int(text, 8)) if len(text) == 3 else text
    if text not in _ESCAPED:
        raise NameProblem(f"an unknown escape in a quoted name: \\{shown(text)}")
    return _ESCAPED[text]


def _decoded(name: str) -> str:
    return name.encode("latin-1").decode("utf-8", "surrogateescape")
