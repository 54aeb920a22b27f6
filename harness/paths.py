"""The one path type: repo-relative, POSIX and canonical; every path enters through it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from harness.fold import FULLWIDTH_SLASH, fold

MAX_PATH_BYTES = 4096
MAX_COMPONENT_BYTES = 255
MAX_COMPONENTS = 40

_SHOWN_CHARACTERS = 160
# Some programs take what is a slash only by compatibility for one.
_SEPARATORS = re.compile(rf"[/\\{FULLWIDTH_SLASH}]")
_DRIVE = re.compile(r"[A-Za-z]:")
_SHORT_GIT_NAME = re.compile(r"git~[0-9]")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9]|conin\$|conout\$|clock\$)$")
# Zl and Zp are line breaks to many programs, though Unicode doesn't call them controls.
_CONTROL_CATEGORIES = frozenset({"Cc", "Zl", "Zp"})


class PathProblem(Exception):
    """Why a text is not a path the harness works with: a stable `path-…` code and one line."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RepoPath(str):
    """A path inside the repository, relative to its root.

    A text is accepted only if it is canonical already; nothing is ever stripped or normalised.
    Making one raises `PathProblem` otherwise.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> RepoPath:
        for code, rule in _RULES:
            fault = rule(text)
            if fault:
                raise PathProblem(code, f"`{shown(text)}` {fault}")
        return super().__new__(cls, text)

    @classmethod
    def parse(cls, text: str) -> RepoPath:
        """The text as a path; raises `PathProblem`."""
        return cls(text)


def shown(text: str) -> str:
    """A text from outside, safe to print in a line: invisible characters escaped, length capped."""
    cut = text[:_SHOWN_CHARACTERS]
    if not cut.isprintable():
        cut = "".join(_shown_character(character) for character in cut)
    return cut if len(text) <= _SHOWN_CHARACTERS else f"{cut}…"


def _shown_character(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _empty(text: str) -> str:
    return "" if text else "is empty; name a file relative to the repository's root"


def _encoding(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half a surrogate pair, which is no character"
    return ""


def _too_long(text: str) -> str:
    if len(text) > MAX_PATH_BYTES or len(text.encode()) > MAX_PATH_BYTES:
        return f"is longer than {MAX_PATH_BYTES} bytes"
    components = text.split("/")
    if len(components) > MAX_COMPONENTS:
        return f"has {len(components)} components; {MAX_COMPONENTS} are the limit"
    if any(len(component.encode()) > MAX_COMPONENT_BYTES for component in components):
        return f"has a component longer than {MAX_COMPONENT_BYTES} bytes"
    return ""


def _control(text: str) -> str:
    for character in text:
        if unicodedata.category(character) in _CONTROL_CATEGORIES:
            return f"holds the control character U+{ord(character):04X}"
    return ""


def _git_directory(text: str) -> str:
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    if any(_is_git_name(component) for component in _SEPARATORS.split(fold(visible))):
        return "names git's own folder `.git`, or is a disguise of that name"
    return ""


def _is_git_name(folded: str) -> bool:
    # NTFS drops a stream name (`:…`) and trailing dots and blanks from a name.
    name = folded.partition(":")[0].rstrip(". ")
    return name == ".git" or _SHORT_GIT_NAME.match(folded) is not None


def _absolute(text: str) -> str:
    if text[0] in "/~" or text.startswith("\\\\") or _DRIVE.match(text):
        return "is not relative to the repository's root"
    return ""


def _traversal(text: str) -> str:
    for component in _SEPARATORS.split(fold(text)):
        if component in {".", ".."}:
            return f"has a `{component}` component; write the plain path from the repository's root"
    return ""


def _invisible(text: str) -> str:
    for character in text:
        if unicodedata.category(character) == "Cf":
            return f"holds the invisible character U+{ord(character):04X}"
    return ""


def _not_canonical(text: str) -> str:
    for character, name in (("\\", "a backslash"), (":", "a colon")):
        if character in text:
            return f"holds {name}, which is a separator on other systems"
    for component in text.split("/"):
        if not component:
            return "has a doubled or a trailing slash"
        if component[-1] == "." or component[-1].isspace():
            return "has a component that ends in a dot or a blank"
    return ""


def _reserved(text: str) -> str:
    for component in _SEPARATORS.split(fold(text)):
        if _DEVICE.match(component.partition(".")[0].rstrip()):
            return f"has the component `{shown(component)}`, a device name on Windows"
    return ""


# In the order in which they are told: the most telling first; length first of all, to stay cheap.
_RULES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("path-empty", _empty),
    ("path-encoding", _encoding),
    ("path-too-long", _too_long),
    ("path-control-character", _control),
    ("path-git-directory", _git_directory),
    ("path-absolute", _absolute),
    ("path-traversal", _traversal),
    ("path-invisible-character", _invisible),
    ("path-not-canonical", _not_canonical),
    ("path-reserved-name", _reserved),
)
