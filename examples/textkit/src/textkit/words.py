"""Taking text apart."""

import re

_WORD = re.compile(r"\w+(?:['’-]\w+)*")


def words(text: str) -> list[str]:
    """The words of a text, in order; what is joined by an apostrophe or a hyphen is one word."""
    return _WORD.findall(text)
