"""What the supervisor does: start one program, watch it, end it and everything it started."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.process.output_files import create_output, cut, next_look, open_input, total_size
from harness.process.program import Program
from harness.process.sandbox import not_started
from harness.process.wakeups import Wakeups

if TYPE_CHECKING:
    import ctypes

# How long, in seconds, what has been sent SIGKILL may take to disappear.
KILL_BOUND = 10.0

_PR_SET_DUMPABLE = 4

Say = Callable[[dict[str, Any]], None]


def supervise(request: dict[str, Any], libc: ctypes.CDLL | None, control: int, say: Say) -> None:
    """Run one program to its end, and all it started to theirs, and say what became of it.

    Says `{"fault", …}` when the files for its streams can't be had, `{"not_started", …}` when the
    program can't; else `{"pid"}` at once and the result at the end. When `control` reaches its end
    of file, everything is ended.
    """
    wakeups = Wakeups()
    try:
        outputs = (create_output(request["stdout"]), create_output(request["stderr"]))
        stdin = open_input(request["stdin"])
    except OSError as error:
        say({"fault": str(error), "errno": error.errno})
        return
    try:
        program = Program(request, (stdin, *outputs), libc)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        say({"not_started": str(error), "errno": getattr(error, "errno", None)})
        return
    if libc:
        # Without privileges nobody can now write a result of theirs through our /proc/PID/fd.
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    say({"pid": program.pid})
    say(_carry_out(program, outputs, request, wakeups, control))


def _carry_out(
    program: Program,
    outputs: tuple[int, int],
    request: dict[str, Any],
    wakeups: Wakeups,
    control: int,
) -> dict[str, Any]:
    limit: int = request["output_limit"]
    ending = _watch(program, outputs, limit, request["timeout"], wakeups, control)
    grace = 0.0 if ending == "output_limit" else request["grace"]
    gone = _clear(program, grace, lambda: total_size(outputs) > limit, wakeups)
    if ending == "exited" and total_size(outputs) > limit:
        ending = "output_limit"
    status = program.status
    if program.contained and status is not None:
        status = program.contained.exit_code(status)
        if ending == "exited" and status is None:
            return not_started(request["stderr"])
    cut(outputs, limit)
    ended = time.monotonic() if program.status is None else program.ended
    return {
        "ending": ending,
        "exit_code": status if ending == "exited" else None,
        "duration": ended - program.started,
        "survivors": program.survivors(),
        "left": 0 if gone else len(program.living()),
    }


def _watch(
    program: Program,
    outputs: tuple[int, int],
    limit: int,
    timeout: float,
    wakeups: Wakeups,
    control: int,
) -> str:
    """Wait until the program ends or has to be ended; returns which."""
    deadline = program.started + timeout
    seen, before, pause = 0, program.started, 0.002
    while True:
        program.reap()
        size, now = total_size(outputs), time.monotonic()
        if size > limit:
            return "output_limit"
        if program.status is not None:
            return "exited"
        if now >= deadline:
            return "timeout"
        if wakeups.told_to_stop:
            return "stopped"
        pause = min(2 * pause, next_look(size, size - seen, now - before, limit))
        seen, before = size, now
        if wakeups.wait(min(pause, deadline - now), control) and not os.read(control, 4096):
            return "abandoned"


def _clear(program: Program, grace: float, flooding: Callable[[], bool], wakeups: Wakeups) -> bool:
    """End what still lives: SIGTERM, SIGKILL after `grace` seconds; True when nothing is left."""
    if program.reap():
        return True
    if grace > 0:
        program.terminate()
        deadline = time.monotonic() + grace
        while (now := time.monotonic()) < deadline and not flooding():
            wakeups.wait(min(0.01, deadline - now))
            if program.reap():
                return True
    pause, deadline = 0.002, time.monotonic() + KILL_BOUND
    while time.monotonic() < deadline:
        program.kill()
        wakeups.wait(pause)
        if program.reap():
            return True
        pause = min(0.1, 1.5 * pause)
    return False
