"""The rows a page lists of files too large to keep row by row: the last of each."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from harness.telemetry.files import unreadable
from harness.telemetry.reader import Row, each_row

LONG = 4096
"""The bytes read back for each row; of longer rows there are fewer."""
_BLOCK = 1 << 20


def last_rows(files: Sequence[Path], room: int) -> list[Row]:
    """Up to `room` valid rows from the ends of the files; what isn't a row is passed over."""
    share = max(1, room // max(1, len(files)))
    found: list[Row] = []
    for file in files[-room:]:
        try:
            found += _last_of(file, share)
        except OSError as error:
            raise unreadable(file, error) from None
    return found


def _last_of(file: Path, room: int) -> list[Row]:
    with file.open("rb") as stream:
        start = max(0, stream.seek(0, os.SEEK_END) - room * LONG)
        before = _line_ends(stream, start)
        tail = stream.read()
    if start:
        # The line that was begun earlier is left out, with its end.
        cut = tail.find(b"\n") + 1
        tail, before = tail[cut:], before + 1
    lines = io.BytesIO(tail).readlines()
    skipped = max(0, len(lines) - room)
    rows = each_row(lines[skipped:], str(file), before + skipped + 1)
    return [row for row in rows if isinstance(row, Row)]


def _line_ends(stream: BinaryIO, end: int) -> int:
    """How many lines end before `end`, where the stream is left."""
    stream.seek(0)
    count = 0
    while block := stream.read(min(_BLOCK, end - stream.tell())):
        count += block.count(b"\n")
    return count
