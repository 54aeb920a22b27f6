"""A command in a terminal of its own, which can be resized and typed at."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]")


class Terminal:
    """`harness` with `arguments` on a terminal of `size` (columns, lines); all it writes is kept."""

    def __init__(self, project, *arguments, size=(100, 24)):
        self._master, child = os.openpty()
        self.resize(size)
        environment = {k: v for k, v in project.environment.items() if k not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness", *arguments],
            cwd=project.root, env={**environment, "TERM": "xterm-256color"},
            stdin=child, stdout=child, stderr=child, preexec_fn=lambda: _own_terminal(child),
        )  # fmt: skip
        os.close(child)
        self.raw = b""

    def resize(self, size):
        """Another size, which the kernel tells the command."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def type(self, keys):
        os.write(self._master, keys)

    @property
    def text(self):
        """All that was written, without what drives the terminal."""
        return _ESCAPES.sub("", self.raw.decode("utf-8", "replace")).replace("\r", "\n")

    def wait_for(self, words, seconds=60):
        """Read until `words` were written."""
        deadline = time.monotonic() + seconds
        while words not in self.text:
            assert self._read(0.2) and time.monotonic() < deadline, f"no {words!r} in:\n{self.text[-3000:]}"

    def end(self):
        """Read to the end; the exit code."""
        deadline = time.monotonic() + 120
        while self._read(60):
            assert time.monotonic() < deadline, f"goes on and on:\n{self.text[-3000:]}"
        os.close(self._master)
        return self.process.wait(60)

    def _read(self, seconds):
        if not select.select([self._master], [], [], seconds)[0]:
            return seconds < 10
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says so where nobody has the terminal open any more.
            return False
        self.raw += data
        return bool(data)


def _own_terminal(descriptor):
    os.setsid()
    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)
