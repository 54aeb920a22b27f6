"""One reason to refuse, and how paths and messages are shown on one line."""

from __future__ import annotations


class Violation:
    """A stable code, the path it is about, what would happen, the safe way, and the line (1 is the first).

    `path` is None where no single path is at fault.
    """

    __slots__ = ("code", "hint", "line", "message", "path")

    def __init__(self, code: str, path: str | None, message: str, hint: str, line: int = 1) -> None:
        self.code, self.path, self.message, self.hint, self.line = code, path, message, hint, line


def shown(text: str) -> str:
    """`text` on one line, without what could drive a terminal."""
    return text if text.isprintable() else "".join(map(_shown_character, text))


def _shown_character(character: str) -> str:
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def quoted(path: str) -> str:
    """`path` for a shell, in quotes where it needs them."""
    plain = path.isascii() and path.replace("/", "").replace(".", "").replace("_", "").isalnum()
    return path if plain else "'" + path.replace("'", "'\\''") + "'"
