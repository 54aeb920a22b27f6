"""Saying what is going on while one step takes so long that people wonder."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

QUIET = 3.0
"""Seconds within which nothing is said."""


@contextlib.contextmanager
def told_when_slow(tell: Callable[[str], None] | None, text: str) -> Iterator[None]:
    """`tell` is given `text` once, from a thread of its own, where the block takes longer than `QUIET`."""
    if tell is None:
        yield
        return
    timer = threading.Timer(QUIET, tell, (text,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
