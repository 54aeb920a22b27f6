"""The head and tail of a program's output, for people and for the evidence."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from harness.process.regular_file import open_regular


def head_and_tail(path: Path, limit_bytes: int) -> str:
    """The file's text, reading at most `limit_bytes`: where it is longer, its two ends.

    A line between them says how many bytes were left out; bytes that are not UTF-8 are replaced. A
    missing file is empty; for one that can't be read the text says so.
    """
    limit = max(0, limit_bytes)
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= limit:
                return file.read(limit).decode("utf-8", "replace")
            head = file.read(limit - limit // 2)
            file.seek(size - limit // 2)
            tail = file.read(limit // 2)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"[not readable: {error.strerror}]\n"
    return _join(_whole_characters(head), tail.lstrip(_CONTINUATION), size)


_CONTINUATION = bytes(range(0x80, 0xC0))


def _join(head: bytes, tail: bytes, size: int) -> str:
    left_out = size - len(head) - len(tail)
    before, after = (part.decode("utf-8", "replace") for part in (head, tail))
    newline = "" if not before or before.endswith("\n") else "\n"
    return f"{before}{newline}[... {left_out} bytes left out ...]\n{after}"


def _whole_characters(head: bytes) -> bytes:
    """`head` without the beginning of a character that was cut off at its end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(head)
    return head[: len(head) - len(decoder.getstate()[0])]
