"""Printing: data on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from harness.errors import FaultError

_QUIET = 3.0  # seconds


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document, the only thing a command given `--json` writes to standard output."""
    _write(json.dumps(document, indent=2, ensure_ascii=True) + "\n")


def line(text: str = "") -> None:
    """Print a line of data for a person."""
    _write(printable(text) + "\n")


def raw_line(text: str) -> None:
    """Print a line that holds styles of our own; everything foreign in it is `printable` already."""
    _write(text + "\n")


def raw_piece(text: str) -> None:
    """Print a piece of something long as it is; `finish` after the last one."""
    try:
        sys.stdout.write(text)
    except OSError as error:
        _give_up(error)


def finish() -> None:
    """Hand over what was printed in pieces."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _give_up(error)


def raw_bytes(data: bytes) -> None:
    """Print bytes as they are."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except OSError as error:
        _give_up(error)


def counting(done: str, what: str) -> Callable[[int, int], None]:
    """Says now and then how far it is ("compared 3 of 9 attempts"), where it takes long enough to wonder."""
    said = time.monotonic()

    def say(number: int, of: int) -> None:
        nonlocal said
        if time.monotonic() - said >= _QUIET and number < of:
            note(f"{done} {number:,} of {of:,} {what}")
            said = time.monotonic()

    return say


def note(text: str) -> None:
    """Print a line of progress or advice on standard error."""
    with contextlib.suppress(OSError):
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()


def printable(text: str) -> str:
    """`text` in one line, without what could drive a terminal: such characters are escaped."""
    return "".join(
        c
        if c == "\t" or (c.isprintable() and not "\ud800" <= c <= "\udfff")
        else c.encode("unicode_escape", "surrogatepass").decode("ascii")
        for c in text
    )


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _give_up(error)


def _give_up(error: OSError) -> None:
    # What was done is done. Where the reader of our output went away, the exit code still tells.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        raise FaultError(
            "output-unwritable",
            f"standard output can't be written: {error.strerror}",
            "what the command did is recorded all the same; see `harness status`",
        ) from None


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal that can be drawn on."""
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown", "")


def wants_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colour (`NO_COLOR`, `TERM=dumb`)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str) -> str:
    """`text` in an ANSI style ("32" is green) where standard output wants colour."""
    return f"\x1b[{style}m{text}\x1b[0m" if wants_colour(sys.stdout) else text
