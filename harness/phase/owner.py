"""Who owns a claim: a process of a machine, told apart from every other one, and whether it lives."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PIDS = Path("/proc/self/ns/pid")


class Owner(BaseModel):
    """A process. `place` is what its number is unique in: one boot of a machine, one space of processes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: str
    place: str
    pid: int
    began: str
    """When the process began, in the words of its system."""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def this_process() -> Owner:
    """The owner of what this process claims."""
    return Owner(host=socket.gethostname(), place=_place(), pid=os.getpid(), began=_began(os.getpid()))


def is_alive(owner: Owner) -> bool | None:
    """Whether the process of an owner lives; None where this machine can't tell."""
    if not owner.place or owner.place != _place():
        return None
    return _began(owner.pid) == owner.began


@functools.cache
def _place() -> str:
    """This boot and space of processes; "" where the system doesn't say."""
    try:
        return f"{_BOOT.read_text().strip()} {_PIDS.readlink()}"
    except OSError:
        return _asked("sysctl", "-n", "kern.bootsessionuuid")


def _began(pid: int) -> str:
    try:
        # The command's name, in brackets, may hold anything; the start is the 22nd field of the line.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "" if _PIDS.is_symlink() else _asked("ps", "-o", "lstart=", "-p", str(pid))
    return "" if fields[0] in "ZX" else fields[19]


def _asked(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
