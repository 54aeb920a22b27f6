"""Loaded into a harness process by PYTHONPATH: kills it dead at the N-th system-visible step."""

import os
import signal
import sys
from pathlib import Path

_STEPS = frozenset(
    ["subprocess.Popen", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"]
)
_limit = int(os.environ.get("KILL_AT_STEP", "0"))
_log = os.environ.get("STEP_LOG")
_taken = 0
_main = os.getpid()


def _step(event: str, arguments: tuple) -> None:
    global _taken
    if event not in _STEPS or os.getpid() != _main:
        return
    _taken += 1
    if _taken == _limit:
        os.kill(_main, signal.SIGKILL)


def _report() -> None:
    if _log and os.getpid() == _main:
        Path(_log).write_text(str(_taken))


if sys.argv and os.environ.get("KILL_TARGET") == "1":
    # The children of the harness inherit the variables, but they are not the target.
    os.environ.pop("KILL_TARGET")
    os.environ.pop("PYTHONPATH", None)
    import atexit

    atexit.register(_report)
    sys.addaudithook(_step)
