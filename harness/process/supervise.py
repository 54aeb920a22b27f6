"""Running a program under a supervisor, from the harness's side."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from harness.errors import FaultError
from harness.process.exchange import request, result
from harness.process.model import ProcessResult, ProcessSpec
from harness.process.orphans import end_orphans
from harness.process.output_files import cut_paths
from harness.process.start_failure import start_failure
from harness.process.supervision import KILL_BOUND

# Seconds beyond everything the supervisor is allowed to take, after which it counts as lost.
_SLACK = 30.0
_LOOK_AT_SUPERVISOR = 0.25


def run_supervised(spec: ProcessSpec) -> ProcessResult:
    """Run one program, and return when it and everything it started are gone.

    On Linux that holds for double-forked and `setsid` children too, and if the harness itself is
    killed; on macOS for the program's process group. Raises FaultError when the supervisor or the
    files for the program's streams can't be had; an interrupt ends everything, then goes on.
    """
    if not spec.argv:
        return ProcessResult("not_started", None, 0.0, reason="there is no command to run")
    supervisor = _Supervisor(secrets.token_hex(8), spec)
    try:
        return supervisor.converse()
    except BaseException:
        supervisor.stop()
        raise
    finally:
        supervisor.close()


class _Supervisor:
    """The supervisor of one run: its process, and the pipe on which it tells what happens."""

    def __init__(self, mark: str, spec: ProcessSpec) -> None:
        self._mark = mark
        self._spec = spec
        self._leader: int | None = None
        self._started = time.monotonic()
        self._process = _start()

    def converse(self) -> ProcessResult:
        """Send the request and wait for the result, or end everything when none can come."""
        lost = self._send()
        buffer = b""
        while not lost:
            chunk, lost = self._receive()
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                if ended := self._take(json.loads(line)):
                    self._wait(5.0)
                    return ended
        return self._give_up(lost)

    def stop(self) -> None:
        """Have everything ended now; when the supervisor doesn't manage, do it from here."""
        self._close_control()
        try:
            self._wait(self._spec.grace + KILL_BOUND)
        finally:
            if self._process.returncode is None:
                self._end_all()

    def close(self) -> None:
        """Give back the pipes."""
        self._close_control()
        if self._process.stdout:
            self._process.stdout.close()

    def _send(self) -> str:
        text = json.dumps(request(self._spec, self._mark)) + "\n"
        assert self._process.stdin
        try:
            self._process.stdin.write(text.encode("ascii"))
            self._process.stdin.flush()
        except BrokenPipeError:
            return "its supervisor ended before the program began"
        return ""

    def _receive(self) -> tuple[bytes, str]:
        """The next bytes from the supervisor, or why there will be none."""
        spec = self._spec
        deadline = self._started + spec.timeout + spec.grace + KILL_BOUND + _SLACK
        assert self._process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not selector.select(_LOOK_AT_SUPERVISOR):
                if self._is_stopped():
                    return b"", "its supervisor was stopped by a signal"
                if time.monotonic() > deadline:
                    return b"", "its supervisor gave no answer in time"
        chunk = os.read(self._process.stdout.fileno(), 1 << 16)
        return chunk, "" if chunk else "its supervisor ended without an answer"

    def _take(self, document: dict[str, Any]) -> ProcessResult | None:
        if "fault" in document:
            full = document["errno"] in (errno.ENOSPC, errno.EDQUOT)
            raise FaultError(
                "disk-full" if full else "process-files",
                f"the files for a program's input and output can't be had: {document['fault']}",
                "make sure that the disk has room and that the folder is writable",
            )
        if "not_started" in document:
            reason = start_failure(self._spec, document["errno"], document["not_started"])
            return ProcessResult("not_started", None, 0.0, reason=reason)
        if "pid" in document:
            self._leader = document["pid"]
            return None
        return result(document, self._spec)

    def _is_stopped(self) -> bool:
        """Whether a signal suspended the supervisor; collects its exit status if it has ended."""
        try:
            pid, status = os.waitpid(self._process.pid, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:
            return False
        if pid and not os.WIFSTOPPED(status):
            self._process.returncode = os.waitstatus_to_exitcode(status)
        return bool(pid) and os.WIFSTOPPED(status)

    def _give_up(self, why: str) -> ProcessResult:
        survivors = self._end_all()
        cut_paths((str(self._spec.stdout), str(self._spec.stderr)), self._spec.output_limit)
        reason = f"nothing is known of how it ended: {why}"
        duration = time.monotonic() - self._started
        return ProcessResult("lost", None, duration, survivors, reason)

    def _end_all(self) -> int:
        """Kill program, descendants and supervisor, and collect the supervisor."""
        alive = self._process.poll() is None
        count = end_orphans(self._mark, self._leader, self._process.pid if alive else None)
        if alive:
            self._process.kill()
            self._wait(5.0)
            count += end_orphans(self._mark, self._leader, None)
        return count

    def _wait(self, seconds: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def _close_control(self) -> None:
        if self._process.stdin:
            # Buffered bytes can't be written to a supervisor that is gone.
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()


def _start() -> subprocess.Popen[bytes]:
    script = Path(__file__).resolve().with_name("supervisor.py")
    try:
        return subprocess.Popen(
            # UTF-8 whatever the locale: bytes in arguments and environment survive the trip.
            [sys.executable, "-I", "-S", "-X", "utf8", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        closed = isinstance(error, (PermissionError, FileNotFoundError))
        raise FaultError(
            "supervisor-not-started",
            f"the harness can't start a process of its own: {error}",
            "install the harness with a Python that you may execute, too"
            if closed
            else "make sure that the machine has memory and room for more processes",
        ) from None
