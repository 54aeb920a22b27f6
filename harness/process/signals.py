"""Signals that are for everybody at a terminal or in a job, held back from what is started meanwhile."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

FOR_EVERYBODY = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C goes to everybody at the terminal, and what ends a job or service often to all of its processes."""


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """A process that is started meanwhile holds them back, until it lets them in itself; here they wait."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, FOR_EVERYBODY)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
