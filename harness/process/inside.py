"""Whether this process was started by an agent, a test or a fix of a phase."""

from __future__ import annotations

import os

from harness.process.orphans import MARK
from harness.process.process_table import parse_stat, read_proc

_ENVIRONMENT_LIMIT = 1 << 20
_ANCESTORS = 200


def is_inside_phase() -> bool:
    """Whether this process or one above it carries the supervisor's mark.

    A process that clears its own environment still has its parents; one that lets itself be adopted by
    another session has neither, and only containment keeps it away.
    """
    return MARK in os.environ or any(_carries(pid) for pid in _ancestors())


def _carries(pid: int) -> bool:
    return any(
        variable.startswith(MARK.encode() + b"=")
        for variable in read_proc(pid, "environ", _ENVIRONMENT_LIMIT).split(b"\0")
    )


def _ancestors() -> list[int]:
    found: list[int] = []
    pid = os.getppid()
    while pid > 1 and len(found) < _ANCESTORS:
        found.append(pid)
        stat = read_proc(pid, "stat", 4096)
        pid = parse_stat(stat).parent if stat else 0
    return found
