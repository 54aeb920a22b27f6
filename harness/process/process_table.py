"""The processes of this machine as /proc shows them; standard library only, no pathlib."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple


class Process(NamedTuple):
    """One line of the table; `pid` and `started` (ticks since boot) name a process for good."""

    pid: int
    parent: int
    group: int
    session: int
    started: int
    alive: bool


def process_table() -> dict[int, Process]:
    """Every process, by pid; empty where there is no /proc (macOS)."""
    table = {}
    for pid in _pids():
        text = read_proc(pid, "stat", 4096)
        if text:
            table[pid] = parse_stat(text)
    return table


def parse_stat(text: bytes) -> Process:
    """Read one /proc/PID/stat (proc(5)); the command name in it may hold spaces and parentheses."""
    before, _, after = text.rpartition(b")")
    fields = after.split()
    # A leading thread that has ended shows as a zombie while the process's other threads live on.
    alive = fields[0] not in (b"Z", b"X") or int(fields[17]) > 1
    return Process(
        pid=int(before.split(b" ", 1)[0]),
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        started=int(fields[19]),
        alive=alive,
    )


def descendants(table: dict[int, Process], roots: Iterable[int]) -> list[Process]:
    """The living processes below `roots`, which themselves are left out."""
    children: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: dict[int, Process] = {}
    waiting = list(roots)
    known = set(waiting)
    while waiting:
        for pid in children.get(waiting.pop(), ()):
            if pid not in known:
                known.add(pid)
                found[pid] = table[pid]
                waiting.append(pid)
    return [process for process in found.values() if process.alive]


def read_proc(pid: int, name: str, limit: int) -> bytes:
    """At most `limit` bytes of /proc/PID/NAME; empty when the process is gone or closed to us."""
    try:
        descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return _read_all(descriptor, limit)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _read_all(descriptor: int, limit: int) -> bytes:
    parts = []
    while limit > 0 and (part := os.read(descriptor, limit)):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)


def _pids() -> list[int]:
    try:
        with os.scandir("/proc") as entries:
            return [int(entry.name) for entry in entries if entry.name.isdigit()]
    except OSError:
        return []
