"""Ending what a program left behind after it got rid of its own supervisor."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable

from harness.process.process_table import Process, descendants, process_table, read_proc

# The variable every supervised process carries; nested supervisors each add their mark to it.
MARK = "HARNESS_SUPERVISED"

_BOUND = 5.0  # seconds
_ENVIRONMENT_LIMIT = 1 << 20


def end_orphans(mark: str, leader: int | None, supervisor: int | None) -> int:
    """SIGKILL what is in the session of `leader` or carries `mark`, and all descendants of that.

    `leader` is the program itself; `supervisor`, if that still exists, is spared, its descendants
    are not. Returns how many processes beside the program were ended. What left the session and
    cleared its environment can't be found; without /proc only the program's process group is.
    """
    if not process_table():
        return _end_group(leader)
    return _sweep(lambda: _find(mark, leader, supervisor), leader)


def _find(mark: str, leader: int | None, supervisor: int | None) -> list[Process]:
    table = process_table()
    marked = [
        process
        for process in table.values()
        if process.alive
        and process.pid not in (os.getpid(), supervisor)
        and (process.session == leader or _carries(process.pid, mark))
    ]
    roots = [process.pid for process in marked] + ([supervisor] if supervisor else [])
    return list({*marked, *descendants(table, roots)})


def _sweep(find: Callable[[], list[Process]], leader: int | None) -> int:
    ended: set[tuple[int, int]] = set()
    deadline = time.monotonic() + _BOUND
    # A process may slip through one reading of the table while its parent changes.
    clean = 0
    while clean < 2 and time.monotonic() < deadline:
        found = find()
        clean = 0 if found else clean + 1
        for process in found:
            ended.add((process.pid, process.started))
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.01)
    return sum(1 for pid, _ in ended if pid != leader)


def _carries(pid: int, mark: str) -> bool:
    for variable in read_proc(pid, "environ", _ENVIRONMENT_LIMIT).split(b"\0"):
        name, _, value = variable.partition(b"=")
        if name == MARK.encode() and mark.encode() in value.split(b":"):
            return True
    return False


def _end_group(leader: int | None) -> int:
    if leader is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
    return 0
