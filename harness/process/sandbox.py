"""What bubblewrap tells of the program in it; standard library only, as the supervisor uses it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from typing import Any

_ERRORS = (errno.ENOENT, errno.EACCES, errno.ENOEXEC, errno.E2BIG, errno.EISDIR, errno.EPERM)
_LIMIT = 1 << 16
_STARTING = "bwrap: execvp "


class Sandbox:
    """The status pipe of one bwrap: `--json-status-fd`, bwrap(1)."""

    def __init__(self) -> None:
        self._read, self.write = os.pipe()
        os.set_blocking(self._read, False)

    def command(self, argv: list[str]) -> list[str]:
        """`argv`, a command of bwrap, made to tell on the pipe."""
        return [argv[0], "--json-status-fd", str(self.write), *argv[1:]]

    def started(self) -> None:
        """The other end is bwrap's alone from here on."""
        os.close(self.write)

    def exit_code(self, status: int) -> int | None:
        """The program's exit code as bwrap tells it, 128 + N for signal N; None if it never ran.

        `status` is that of bwrap. A program may end with 128 + N of its own (git does), so it stays that.
        """
        told = self._told()
        if "exit-code" not in told:
            return status if status < 0 else None
        return int(told["exit-code"])

    def _told(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        with contextlib.suppress(BlockingIOError, ValueError):
            for line in os.read(self._read, _LIMIT).splitlines():
                told |= json.loads(line)
        return told


def not_started(stderr: str) -> dict[str, Any]:
    """What kept the program from starting, read from what bwrap itself printed to the file `stderr`."""
    with open(stderr, "rb") as file:  # noqa: PTH123
        lines = file.read(_LIMIT).decode("utf-8", "replace").splitlines()
    os.truncate(stderr, 0)
    said = lines[-1] if lines else "bwrap gave no reason"
    if said.startswith(_STARTING):
        for number in _ERRORS:
            if said.endswith(f": {os.strerror(number)}"):
                return {"not_started": said, "errno": number}
    return {"not_started": said, "errno": None}
