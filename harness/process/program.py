"""The supervised program: started in its own session, reaped, and ended with all it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

from harness.process.process_table import Process, descendants, process_table
from harness.process.sandbox import Sandbox

if TYPE_CHECKING:
    import ctypes

_PR_SET_PDEATHSIG = 1


class Program:
    """A running program and its descendants; `contained` is what bwrap tells, where it runs in one.

    `status` is its exit code once it has ended (-N for a signal), `started` and `ended` are
    readings of the monotonic clock. `libc` is given where this process adopts orphaned descendants.
    """

    def __init__(
        self, request: dict[str, Any], streams: tuple[int, int, int], libc: ctypes.CDLL | None
    ) -> None:
        self.status: int | None = None
        self.started = self.ended = time.monotonic()
        self.contained = Sandbox() if request["contained"] else None
        self._adopting = libc is not None
        self._ended_by_us: set[tuple[int, int]] = set()
        self._process = subprocess.Popen(
            self.contained.command(request["argv"]) if self.contained else request["argv"],
            pass_fds=(self.contained.write,) if self.contained else (),
            cwd=request["cwd"],
            env=request["env"],
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            start_new_session=True,
            # Should even we be killed, it dies with us. There is one thread here, so this is safe.
            preexec_fn=(  # noqa: PLW1509
                (lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)) if libc else None
            ),
        )
        if self.contained:
            self.contained.started()
        self.pid = self._process.pid

    def reap(self) -> bool:
        """Collect what has ended; True when the program and all it started are gone."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return False
                if pid == self.pid:
                    self.ended = time.monotonic()
                    self.status = self._process.returncode = os.waitstatus_to_exitcode(status)
        except ChildProcessError:
            # Every descendant hangs on a child of an adopting process: no children, nothing left.
            return self._adopting or not self.living()

    def living(self) -> list[Process]:
        """The program and what it started, as far as they still live."""
        if self._adopting and (table := process_table()):
            return descendants(table, [os.getpid()])
        try:
            os.killpg(self.pid, 0)
        except (ProcessLookupError, PermissionError):
            return []
        # The group stands for all its members: kill(2) takes it as a negative pid.
        return [Process(-self.pid, 0, self.pid, self.pid, 0, True)]

    def terminate(self) -> None:
        """Ask all of it to end: SIGTERM, and SIGCONT for what is stopped."""
        for process in self.living():
            if self.contained and process.pid == self.pid:
                continue  # bwrap itself would take all the others with it at once
            self._signal(process, signal.SIGTERM)
            self._signal(process, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL to all of it; by group first, which forking can't outrun."""
        processes = self.living()
        for group in {process.group for process in processes} - {os.getpgrp(), 0, 1}:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        for process in processes:
            self._signal(process, signal.SIGKILL)

    def survivors(self) -> int:
        """How many processes beside the program itself had to be ended."""
        return 0 if self.contained else len(self._ended_by_us)

    def _signal(self, process: Process, number: int) -> None:
        if process.pid != self.pid and (process.pid > 0 or self.status is not None):
            self._ended_by_us.add((process.pid, process.started))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)
