"""Secrets in a text, as detect-secrets knows them, without most of its false alarms.

Its detectors are applied to whole texts. Its own scanning is not used: that reads settings of the whole
process, and can ask servers whether a secret is valid.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left

from harness.policy.private_keys import private_keys
from harness.policy.secret_hints import Candidate, assignments, hinted, named_tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

# Names of what is random and no secret.
_HARMLESS = re.compile(
    r"(?i:hash|sha\d|sha_|md5|digest|checksum|integrity|commit|revision|fingerprint|etag|uuid|public"
    r"|(?:next|page|continuation|sync).?token|cursor|s3_?key)|_id\b|Id\b|ID\b"
)
# What JSON, and most languages, write for a quote or a line break.
_ESCAPE = re.compile(rb"\\[nrt\"']")
_TOKEN_ENTROPY, _HEX_ENTROPY = 3.8, 3.0
_TEST_PATH = re.compile(
    r"(?:^|/)(?:tests?|testing|specs?|fixtures)/|(?:^|/)(?:test_|conftest)|(?:_test|\.spec|\.test)\."
)


class Secret:
    """One secret: its kind, its value, and where that starts and ends in the text, in bytes.

    The value is as it was meant: of what JSON had escaped, quotes and line breaks are what they stand for.
    """

    __slots__ = ("end", "kind", "start", "value")

    def __init__(self, kind: str, value: bytes, start: int, end: int) -> None:
        self.kind, self.value, self.start, self.end = kind, value, start, end

    @property
    def digest(self) -> str:
        """The first 12 hexadecimal digits of the value's SHA-256."""
        import hashlib

        return hashlib.sha256(self.value).hexdigest()[:12]


def find_secrets(data: bytes, path: str = "") -> list[Secret]:
    """The secrets in a text, in order, none within another, in time linear in its size.

    `path` is the file's: what assigns depends on it, made-up passwords are common in tests, and lock
    files are full of random values. Quotes and line breaks that JSON has escaped count as such.
    """
    view = _unescaped(data)
    spans = [("Private Key", start, end) for start, end in private_keys(view)]
    kinds = hinted(view)
    if kinds:
        from harness.policy.known_tokens import known_tokens

        spans += known_tokens(kinds, view.decode("latin-1"))
    spans += _guesses(view, path)
    escapes = [m.start() - i for i, m in enumerate(_ESCAPE.finditer(data))] if spans else []
    return [
        Secret(kind, view[start:end], start + bisect_left(escapes, start), end + bisect_left(escapes, end))
        for kind, start, end in _apart(view, spans)
    ]


def _unescaped(data: bytes) -> bytes:
    """`data` with each `_ESCAPE` as the one character it stands for."""
    if b"\\" not in data:
        return data
    for escaped, meant in ((rb"\n", b"\n"), (rb"\r", b"\r"), (rb"\t", b"\t"), (rb"\"", b'"'), (rb"\'", b"'")):
        data = data.replace(escaped, meant)
    return data


def _apart(data: bytes, spans: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    """The spans in order, those left out that begin within another, each to the end of a character."""
    last = 0
    for kind, start, end in sorted(spans, key=lambda span: (span[1], -span[2])):
        if start >= last:
            last = _character_end(data, end)
            yield kind, start, last


def _character_end(data: bytes, end: int) -> int:
    """`end`, moved to where a character of UTF-8 ends."""
    for position in range(end, min(end + 3, len(data))):
        if data[position] & 0xC0 != 0x80:
            return position
    return end


def _guesses(data: bytes, path: str) -> Iterator[tuple[str, int, int]]:
    """Values that only their names and their randomness tell."""
    values = list(assignments(data, short=not _TEST_PATH.search(path)))
    tokens = list(named_tokens(data))
    if not (values or tokens) or _is_random_by_nature(path):
        return
    for candidate in values:
        if _is_assignment(candidate, path) and not _is_something_else(candidate):
            yield "Secret Keyword", candidate.start, candidate.end
    for candidate in tokens:
        if not (_HARMLESS.search(candidate.before) or _is_something_else(candidate)):
            kind = _entropy_kind(candidate.value)
            if kind:
                yield kind, candidate.start, candidate.end


def _is_random_by_nature(path: str) -> bool:
    from detect_secrets.filters import heuristic

    return bool(heuristic.is_lock_file(path) or heuristic.is_non_text_file(path))


def _is_something_else(candidate: Candidate) -> bool:
    from detect_secrets.filters import heuristic

    return bool(
        heuristic.is_sequential_string(candidate.value)
        or heuristic.is_not_alphanumeric_string(candidate.value)
        or heuristic.is_likely_id_string(candidate.value, candidate.before + candidate.value)
    )


def _is_assignment(candidate: Candidate, path: str) -> bool:
    """Whether detect-secrets takes it for one in a file of that name; without a type, in any file."""
    from detect_secrets.plugins import keyword
    from detect_secrets.util.filetype import FileType, determine_file_type

    known = keyword.REGEX_BY_FILETYPE.get(determine_file_type(path))
    tables = [known] if known else [keyword.QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP]
    if determine_file_type(path) is FileType.OTHER:
        tables.append(keyword.CONFIG_DENYLIST_REGEX_TO_GROUP)
    detector = keyword.KeywordDetector()
    return any(any(detector.analyze_string(candidate.extent, table)) for table in tables)


def _entropy_kind(value: str) -> str | None:
    plugin, limit = _entropy_plugins()[all(c in "0123456789abcdefABCDEF" for c in value)]
    return str(plugin.secret_type) if plugin.calculate_shannon_entropy(value) > limit else None


@functools.cache
def _entropy_plugins() -> tuple[tuple[Any, float], tuple[Any, float]]:
    """The detector of base64 and that of hexadecimal, with the bits a character each must pass."""
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString

    return (Base64HighEntropyString(), _TOKEN_ENTROPY), (HexHighEntropyString(), _HEX_ENTROPY)
