"""Running programs under supervision in a test's own folder, and finding what they leave behind."""

import os
import random
import time
from pathlib import Path

import pytest

from harness.process.model import ProcessSpec
from harness.process.supervise import run_supervised


class Sleeper:
    """A `sleep` that no other process on the machine has, so that it can be found in /proc."""

    def __init__(self):
        self.seconds = f"{random.randrange(3000, 9000)}.{random.randrange(10**9, 10**10)}"
        self.command = f"sleep {self.seconds}"

    def pids(self):
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                try:
                    words = (folder / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if words[0].endswith(b"sleep") and self.seconds.encode() in words:
                    found.append(int(folder.name))
        return found

    def wait_for(self, count, seconds=15.0):
        """Wait until `count` of them run; returns their pids."""
        deadline = time.monotonic() + seconds
        while len(pids := self.pids()) != count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(pids) == count, f"{len(pids)} of {self.command} are running, not {count}"
        return pids


@pytest.fixture
def sleeper():
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system has no /proc to look for processes in")
    sleeper = Sleeper()
    yield sleeper
    left = sleeper.pids()
    for pid in left:
        os.kill(pid, 9)
    assert left == [], "processes were left behind"


@pytest.fixture
def spec(tmp_path):
    """Make the ProcessSpec of a command, with everything in the test's folder."""

    def make(*argv, **changes):
        values = {
            "argv": argv,
            "cwd": tmp_path,
            "env": {"PATH": os.environ["PATH"]},
            "stdout": tmp_path / "stdout",
            "stderr": tmp_path / "stderr",
            "timeout": 30.0,
            "grace": 0.3,
        }
        return ProcessSpec(**{**values, **changes})

    return make


@pytest.fixture
def run(spec):
    """Run a command under supervision."""
    return lambda *argv, **changes: run_supervised(spec(*argv, **changes))


@pytest.fixture
def shell(run):
    """Run a shell script under supervision."""
    return lambda script, **changes: run("sh", "-c", script, **changes)
