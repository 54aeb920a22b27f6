"""Private keys in a text, from their first line to their last; standard library only."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# RFC 7468 (PEM) and the files of PuTTY.
_BEGIN = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d:"
)
_PEM_END, _PUTTY_END = b"-----END", b"Private-MAC:"
_MAX_BYTES = 16 * 1024
# A key has a body; code and prose that name the first line don't.
_BODY_PROBE = 400
_BODY = re.compile(rb"[A-Za-z0-9+/]{32}")
_REST_OF_LINE = re.compile(rb"[^\n\"']{0,120}")
_REST_OF_BODY = re.compile(rb"[A-Za-z0-9+/=:,.\-\s\\]{0,16384}")


def private_keys(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of each private key, in order; one that is cut off ends where its body does."""
    position = 0
    while begin := _BEGIN.search(data, position):
        position = begin.end()
        marker = _PEM_END if begin[0].startswith(b"-") else _PUTTY_END
        last = data.find(marker, position, position + _MAX_BYTES)
        if _BODY.search(data, position, position + _BODY_PROBE if last < 0 else last):
            rest = _REST_OF_BODY.match(data, position) if last < 0 else _REST_OF_LINE.match(data, last)
            position = rest.end() if rest else position
            yield begin.start(), position
