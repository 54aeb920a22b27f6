"""Paths that some file system takes for one; standard library only, and cheap for ASCII."""

from __future__ import annotations

FULLWIDTH_SLASH = "\uff0f"


def fold(path: str) -> str:
    """The form in which two paths that some file system takes for one are equal.

    Unicode's compatibility caseless match (section 3.13, D146), component by component.
    """
    if path.isascii():
        return path.lower()
    return "/".join(map(fold_component, path.split("/")))


def fold_component(text: str) -> str:
    """One component, or a part of one, in that form; it never gains a slash.

    What is a slash only by compatibility (as in U+2100 or U+FF0F) becomes U+FF0F.
    """
    if text.isascii():
        return text.lower()
    import unicodedata

    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold()).replace("/", FULLWIDTH_SLASH)
