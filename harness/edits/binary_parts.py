"""Binary parts of a git diff: what they declare, read before anything is unpacked."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from harness.edits.limits import Limits

_METHOD = re.compile(r"(literal|delta) ([0-9]+)")
_MOST_DIGITS = 18
_STARTS = ("literal ", "delta ")
# A delta begins with two sizes of at most ten bytes each, which the first lines of its data hold.
_SIZES_BYTES = 20
_FIRST_LINES = 32


class BinaryFault(Exception):
    """What is wrong with binary data, and the index of the line where it was seen."""

    def __init__(self, code: str, message: str, index: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.index = index


@dataclass(frozen=True, slots=True)
class BinaryPart:
    """The data of one file: the index behind it, and how many bytes git may unpack for it."""

    end: int
    unpacked: int


def read_binary(lines: Sequence[str], at: int, limits: Limits) -> BinaryPart:
    """The part whose data begins at `lines[at]`, behind `GIT binary patch`; raises `BinaryFault`.

    git unpacks what stands under `literal` and `delta`, forwards and backwards, and then makes of a
    forward delta a file whose size stands only in the delta itself.
    """
    method, size, end = _block(lines, at, limits)
    result = _delta_result(lines, at + 1, end) if method == "delta" else size
    if result > limits.file_bytes:
        message = f"its binary data makes a file of {result} bytes; {limits.file_bytes} are the limit"
        raise BinaryFault("binary-too-large", message, at)
    unpacked = size + (result if method == "delta" else 0)
    if end < len(lines) and lines[end].startswith(_STARTS):
        _, backwards, end = _block(lines, end, limits)
        unpacked += backwards
    return BinaryPart(end, unpacked)


def _block(lines: Sequence[str], at: int, limits: Limits) -> tuple[str, int, int]:
    """Method, declared size, and the index behind the empty line that ends the data."""
    found = _METHOD.fullmatch(lines[at]) if at < len(lines) else None
    if found is None:
        raise BinaryFault(
            "bad-binary", "binary data begins with neither `literal` nor `delta` and a size", at
        )
    size = int(found[2]) if len(found[2]) <= _MOST_DIGITS else limits.binary_bytes + 1
    if size > limits.binary_bytes:
        message = f"its binary data declares more than {limits.binary_bytes} bytes"
        raise BinaryFault("binary-too-large", message, at)
    end = at + 1
    while end < len(lines) and lines[end]:
        if not _is_data(lines[end]):
            raise BinaryFault("bad-binary", "this is no line of binary data", end)
        end += 1
    if end == len(lines) or end == at + 1:
        raise BinaryFault("bad-binary", "binary data that does not end in an empty line", at)
    return found[1], size, end + 1


def _is_data(line: str) -> bool:
    """Whether a line's length is what its first character says: five characters for up to four bytes."""
    length = _length(line)
    return length is not None and (len(line) - 1) == -(-length // 4) * 5


def _length(line: str) -> int | None:
    if "A" <= line[0] <= "Z":
        return ord(line[0]) - ord("A") + 1
    return ord(line[0]) - ord("a") + 27 if "a" <= line[0] <= "z" else None


def _delta_result(lines: Sequence[str], start: int, end: int) -> int:
    """The size of what a delta makes: the second number in it."""
    head = _inflated_head(lines, start, end)
    sizes, value, shift = [], 0, 0
    for byte in head:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            sizes.append(value)
            value = shift = 0
        if len(sizes) == 2:
            return sizes[1]
    raise BinaryFault("bad-binary", "a delta that does not say what it makes", start)


def _inflated_head(lines: Sequence[str], start: int, end: int) -> bytes:
    """The first bytes of the unpacked data; no more than asked for is ever unpacked."""
    stream, head = zlib.decompressobj(), b""
    for at in range(start, min(end, start + _FIRST_LINES)):
        if stream.eof or len(head) == _SIZES_BYTES or not lines[at]:
            break
        try:
            packed = base64.b85decode(lines[at][1:])[: _length(lines[at])]
            head += stream.decompress(packed, _SIZES_BYTES - len(head))
        except (ValueError, zlib.error):
            raise BinaryFault("bad-binary", "binary data that can't be unpacked", at) from None
    return head
