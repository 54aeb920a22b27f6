"""Signals turned into bytes on a pipe, so that a wait ends the moment a child does."""

from __future__ import annotations

import contextlib
import os
import select
import signal

_STOPPING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})


class Wakeups:
    """The supervisor's signals. `told_to_stop`: one of those came that mean "end yourself"."""

    def __init__(self) -> None:
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        # Handlers, not "ignore": what is ignored here would stay ignored in the program.
        for number in (signal.SIGCHLD, *_STOPPING):
            signal.signal(number, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        self.told_to_stop = False

    def wait(self, seconds: float, control: int | None = None) -> bool:
        """Wait for a signal, for `control` to be readable, or for the time; True for `control`."""
        watched = [self._read] if control is None else [self._read, control]
        ready, _, _ = select.select(watched, [], [], max(0.0, seconds))
        if self._read in ready:
            with contextlib.suppress(BlockingIOError):
                self.told_to_stop |= not _STOPPING.isdisjoint(os.read(self._read, 4096))
        return control in ready
