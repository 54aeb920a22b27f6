"""Work done by a copy of this process, while this one does something else."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

_Result = TypeVar("_Result")


_PIPE = 1 << 20


class Elsewhere(Generic[_Result]):
    """What `work` returns, done by a copy of this process where there can be one.

    The copy ends with the `with` block at the latest. Where there is none, or it fails, `result` does the
    work itself.
    """

    def __init__(self, work: Callable[[], _Result]) -> None:
        self._work = work
        self._process = 0

    def __enter__(self) -> Elsewhere[_Result]:
        # A copy has only one of the threads, and what the others hold stays locked in it.
        if hasattr(os, "fork") and threading.active_count() == 1:
            read_end, write_end = os.pipe()
            _widen(write_end)
            self._process = os.fork()
            if not self._process:
                self._do(read_end, write_end)
            os.close(write_end)
            self._answer = os.fdopen(read_end, "rb")
        return self

    def _do(self, read_end: int, write_end: int) -> None:
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.close(read_end)
            with os.fdopen(write_end, "wb") as answer:
                pickle.dump(self._work(), answer, protocol=5)
            status = 0
        finally:
            # Nothing of what the process it is a copy of would do at its end.
            os._exit(status)

    def result(self) -> _Result:
        """What the work returned."""
        if not self._process:
            return self._work()
        try:
            found: _Result = pickle.load(self._answer)
        except (EOFError, pickle.UnpicklingError):
            return self._work()
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._answer.close()
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


def _widen(pipe: int) -> None:
    """Let a pipe hold more at once where that can be asked for: many megabytes go through it."""
    import fcntl

    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
