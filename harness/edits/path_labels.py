"""Paths as replies write them beside code: alone on a line, or behind the language of a fence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

_BLANKS = " \t\r"
_LONGEST = 600
_MOST_WORDS = 8

_HEADING = re.compile(r"#{1,6}[ \t]+")
_NUMBERING = re.compile(r"[0-9]{1,3}[.)][ \t]+")
_NAMED = re.compile(r"(?:\*\*)?(?:file ?name|file ?path|file|path)(?::\*\*|\*\*:|:)[ \t]*", re.IGNORECASE)
_NOTE = re.compile(r"[ \t]\((?:new|new file|created|updated|modified|changed|edited)\)$", re.IGNORECASE)

_EXTENSION = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,15}$")
_NO_PATH = re.compile(r"[\x00-\x1f\x7f`<>\"|*?:;]")
_NAMES = re.compile(
    "AUTHORS|Brewfile|CODEOWNERS|COPYING|Caddyfile|Containerfile|Dockerfile|GNUmakefile|Gemfile|"
    "Jenkinsfile|Justfile|LICENSE|Makefile|NOTICE|Pipfile|Podfile|Procfile|Rakefile|Vagrantfile|"
    "gradlew|justfile"
)
# Words of prose that look like a path.
_WORDS = re.compile(
    r"and/or|ci/cd|i/o|n/a|tcp/ip|[A-Z][a-z]+(?:/[A-Z][a-z]+)+|\.NET|ASP\.NET|VB\.NET|"
    r"(?:[Dd]3|Deno|Express|Next|Node|Nuxt|React|Three|Vue)\.js|node\.js|Socket\.IO"
)

_ATTRIBUTE = re.compile(
    r"(?:^|(?<=[ \t{,]))(title|path|filename|file|file_path|filepath)="
    r"(?:\"([^\"]*)\"|'([^']*)'|([^ \t\"',}]+))"
)
_GAP = re.compile(r"[ \t]+")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,20}$")
_MEDIA_TYPE = re.compile(r"(?:application|audio|font|image|message|model|multipart|text|video)/")


def path_of_line(line: str) -> str | None:
    """The path that a line consists of, but for these decorations: blanks around it, `#` of a
    heading, a number (`1.`), `**` around it, `File:` before it, backticks, `(new file)` and the like
    behind it, a colon at its end.
    """
    if len(line) > _LONGEST or not ("." in line or "/" in line or _NAMES.search(line)):
        return None
    text = line.strip(_BLANKS)
    for start in (_HEADING, _NUMBERING):
        if found := start.match(text):
            text = text[found.end() :]
    text = _undecorated(text)
    if len(text) > 2 and text[0] == text[-1] == "`":
        quoted = text[1:-1]
        return quoted if _is_path(quoted, blanks=True) and not _is_command(quoted) else None
    return text if _is_path(text) else None


def labels(lines: Sequence[str], opening: int, info: str, floor: int) -> list[str]:
    """The paths named for a fence, each once: above its opening line, or in its info string.

    A blank line may stand between; nothing above the index `floor` counts. More than one path means
    that they contradict each other.
    """
    above = opening - 1
    if above >= floor and not lines[above].strip(_BLANKS):
        above -= 1
    named = path_of_line(lines[above]) if above >= floor else None
    return list(dict.fromkeys([*([named] if named else []), *_paths_of_info(info)]))


def is_markdown(path: str) -> bool:
    """Whether a file is Markdown, so that fences are to be expected in it."""
    return path.lower().endswith((".md", ".markdown", ".mdx"))


def _undecorated(text: str) -> str:
    for _ in range(6):
        before = text
        text = _NOTE.sub("", text.strip(_BLANKS)).removesuffix(":")
        if len(text) > 4 and text.startswith("**") and text.endswith("**"):
            text = text[2:-2]
        elif named := _NAMED.match(text):
            text = text[named.end() :]
        if text == before:
            break
    return text


def _is_path(text: str, blanks: bool = False) -> bool:
    """Whether a text is written as a path is; whether it is a safe one is for others to say."""
    if not text or _NO_PATH.search(text) or text.endswith("/"):
        return False
    # A full stop ends a sentence, but in quotes a name.
    if text.endswith(".") and not (blanks and text.rpartition("/")[2].strip(".")):
        return False
    if text.strip(_BLANKS) != text or (" " in text and not blanks):
        return False
    if _WORDS.fullmatch(text):
        return False
    return "/" in text or _NAMES.fullmatch(text) is not None or _has_extension(text)


def _has_extension(path: str) -> bool:
    _, dot, extension = path.rpartition("/")[2].rpartition(".")
    return bool(dot) and _EXTENSION.match(extension) is not None


def _is_command(quoted: str) -> bool:
    """Whether a text with blanks may be a program and its arguments, as in `pytest tests/test_a.py`."""
    first, blank, _ = quoted.partition(" ")
    return bool(blank) and ("/" not in first or first.startswith((".", "/")) or _has_extension(first))


def _paths_of_info(info: str) -> list[str]:
    if len(info) > _LONGEST or not ("." in info or "/" in info or _NAMES.search(info)):
        return []
    found = []
    for attribute in islice(_ATTRIBUTE.finditer(info), _MOST_WORDS):
        key, double, single, bare = attribute.groups("")
        value = double or single or bare
        # A title may be a sentence; what is called a file or a path is one.
        if _is_path(value, blanks=key != "title"):
            found.append(value)
    first, *words = _GAP.split(_ATTRIBUTE.sub("", info).strip(_BLANKS), _MOST_WORDS)
    language, _, path = first.partition(":")
    if _LANGUAGE.match(language) and _is_path(path):
        found.append(path)
    elif "/" in first and _is_path(first) and _has_extension(first) and not _MEDIA_TYPE.match(first):
        found.append(first)
    return [*found, *(word for word in words if _is_path(word))]
