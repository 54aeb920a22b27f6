"""Deliverables as people and models write them, reduced to paths; what is not a path is reported.

The shapes and trailing remarks are those of earlier plans: a list, one string, or a table of buckets
whose names are labels only; prose bullets are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from harness.paths import PathProblem, RepoPath

_EXTENSIONLESS = {"LICENSE", "Makefile", "Dockerfile", "README"}
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_REMARK = re.compile(r"\s(?:with|containing|including|for|plus)\s.*$|\s\(.*$|\s[-–—]+\s.*$|:\s.*$", re.DOTALL)
_TRAILING_WORD = re.compile(r"\s(?:updated?|modifications?|modified|changes?|additions?|added)\s*$")
# Words that a file name hardly has and prose hardly lacks.
_PROSE = frozenset(("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "is", "of", "on", "or"))
_QUOTED = re.compile(r"^([`'\"])([^`'\"]+)\1$")
_FILE = re.compile(r"(?:^|/)\.?[\w@+\[\]-][\w@+.\[\]-]*\.[A-Za-z][A-Za-z0-9]{0,9}$")
_PATH_CHARACTERS = re.compile(r"^[\w@+./\[\]\\-]+$")


def read_deliverables(value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(paths, remarks) of deliverables in any accepted shape.

    A path ending in "/" is a folder that must get a file. Remarks name each entry that was left out or
    trimmed. Raises ValueError for a path outside the repository or otherwise impossible.
    """
    paths: dict[str, None] = {}
    remarks: list[str] = []
    for text in _texts(value):
        path = _path_in(text)
        if path is None:
            remarks.append(f"left out, not a path: {text.strip()!r}")
            continue
        if path != text.strip():
            remarks.append(f"read {text.strip()!r} as {path}")
        _require_canonical(path)
        paths[path] = None
    return tuple(paths), tuple(remarks)


def read_scope(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(globs, remarks) of a scope written as one text: a glob, or several between commas or lines.

    Earlier plans have sentences there: what names no path is left out, and told in a remark.
    """
    globs: dict[str, None] = {}
    remarks: list[str] = []
    for piece in re.split(r"[,;\n]", text):
        bare = _BULLET.sub("", piece).strip().strip("`'\"")
        found = bare if len(bare.split()) == 1 else _path_in(bare) if bare else ""
        if found:
            globs[found] = None
        elif bare:
            remarks.append(f"left out of the scope, not a path: {bare!r}")
    return tuple(globs), tuple(remarks)


def _require_canonical(path: str) -> None:
    try:
        RepoPath.parse(path.removesuffix("/"))
    except PathProblem as problem:
        raise ValueError(f"{path!r}: {problem}") from None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (line for line in value.splitlines() if line.strip())
    elif isinstance(value, dict):
        for bucket in value.values():
            yield from _texts(bucket)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    else:
        raise ValueError("a list of paths, one path, or a table of lists is expected")


def _path_in(text: str) -> str | None:
    bare = _BULLET.sub("", text).strip()
    quoted = _QUOTED.match(bare)
    if quoted:
        return _canonical_separators(quoted[2])
    if _PATH_CHARACTERS.match(bare):
        return _canonical_separators(bare) if _looks_like_path(bare) else None
    trimmed = _TRAILING_WORD.sub("", _REMARK.sub("", bare)).strip()
    words = [word.strip("`'\",;") for word in trimmed.split()]
    found = [word for word in words if _names_a_file(word)]
    if len(found) == 1 and found[0] == words[-1] and "/" in words[0] and not _PROSE & set(words):
        return _canonical_separators(" ".join(words))  # a path with blanks
    # A slash in another word makes it prose about several things: not guessed.
    unclear = any("/" in word for word in words if word not in found)
    return _canonical_separators(found[0]) if len(found) == 1 and not unclear else None


def _looks_like_path(word: str) -> bool:
    return "/" in word or "\\" in word or "." in word or word in _EXTENSIONLESS


def _names_a_file(word: str) -> bool:
    if not _PATH_CHARACTERS.match(word):
        return False
    return bool(_FILE.search(word)) or word in _EXTENSIONLESS or (word.endswith("/") and len(word) > 1)


def _canonical_separators(path: str) -> str:
    path = path.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return path
