"""Whether a value that stands where a secret would is one, or made up; standard library only."""

from __future__ import annotations

import math
import re

# What people write into a value to say that it is none.
_MADE_UP = re.compile(
    r"example|sample|dummy|fake|placeholder|change.?me|your|todo|xxx|test|mock|demo|redacted|masked|insert"
    r"|replace|default|secret|s3cr|p[a@4][s5$]{2}|passphrase|token|key|user|admin|hunter|foo|bar|lorem"
    r"|not.?a|real|letmein|abcd|qwert|1234|\*\*\*|\.\.\.",
    re.IGNORECASE,
)
# References, templates and calls: the secret is elsewhere.
_ELSEWHERE = re.compile(r"[{}<>()\s\\]|\$\w|%\w|^[$%@]")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ONE_ALPHABET = re.compile(r"[0-9a-z]+|[0-9A-Z]+")
_SHORT = 16
_MIN_DISTINCT, _MIN_DIGITS, _MIN_ENTROPY = 6, 3, 3.3


def looks_real(value: str, short: bool = True) -> bool:
    """Whether a value is random or strong enough for a secret, and nothing in it says that it is made up.

    `short` lets passwords of 8 to 15 characters count.
    """
    if len(value) < 8 or len(set(value)) < _MIN_DISTINCT or not any(map(str.isdigit, value)):
        return False
    if _MADE_UP.search(value) or _ELSEWHERE.search(value) or _UUID.search(value):
        return False
    if _MADE_UP.search(_decoded(value)):
        return False
    return _is_random(value) if len(value) >= _SHORT else short and _classes(value) >= 3 and "/" not in value


def _is_random(value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    mixed = _classes(value) >= 3 or _ONE_ALPHABET.fullmatch(value) is not None
    return mixed and digits >= _MIN_DIGITS and _entropy(value) >= _MIN_ENTROPY


def _classes(value: str) -> int:
    """How many of these it has: small letters, capitals, digits, signs that are not common in names."""
    return (
        any(map(str.islower, value))
        + any(map(str.isupper, value))
        + any(map(str.isdigit, value))
        + any(not character.isalnum() and character not in "-_./:" for character in value)
    )


def _entropy(value: str) -> float:
    """Shannon's entropy in bits a character."""
    counts = [value.count(character) for character in set(value)]
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)


def _decoded(value: str) -> str:
    """The text that base64 hides; empty where it hides none."""
    import base64

    try:
        text = base64.b64decode(value.encode("ascii"), validate=True).decode("ascii")
    except ValueError:
        return ""
    return text if text.isprintable() else ""
