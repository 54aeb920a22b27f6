"""The command line in processes forked from one that has imported it, which spares each test the imports.

Every command is a process of its own, with its own arguments, environment, folder and streams, that runs
`harness.cli.main.main`. What belongs to the start of an interpreter can't be tried this way: see `can_fork`.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HEADER = struct.Struct("!I")
# Read when an interpreter starts, or needed by workers that are spawned anew.
_OF_THE_INTERPRETER = ("PYTHON", "LANG", "LC_", "LD_", "MALLOC")
# What loads numerical libraries, which start threads; and plugins of pytest.
_NOT_BEFOREHAND = ("harness.telemetry.calibration", "harness.telemetry.scan", "harness.checks.bridge")
_REAL = frozenset({"guard", "hook"})


def can_fork(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a command behaves as one that is started by itself would."""
    if os.environ.get("HARNESS_TESTS_FORK") == "0" or not arguments or arguments[0] in _REAL:
        return False
    if "--jobs" in arguments:  # whose workers start the program anew
        return False
    # GitPython looks for git when it is imported.
    same_git = _git(environment.get("PATH", "")) == _git(os.environ.get("PATH", ""))
    return same_git and _of_the_interpreter(environment) == _of_the_interpreter(os.environ)


@functools.cache
def _git(path: str) -> str | None:
    return shutil.which("git", path=path)


def _of_the_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_OF_THE_INTERPRETER)}


class CommandServer:
    """The process that commands are forked from."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._socket, self._lock = ours, threading.Lock()
        command = [sys.executable, __file__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        atexit.register(self.close)

    def close(self) -> None:
        self._socket.close()
        self._process.wait()

    def run(
        self,
        arguments: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        stdin: bytes,
        timeout: float,
    ) -> tuple[int, bytes, bytes]:
        """(exit code, standard output, standard error) of a command."""
        with contextlib.ExitStack() as files:
            streams = [files.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            streams[0].write(stdin)
            streams[0].seek(0)
            told, tell = os.pipe()
            answer = files.enter_context(open(told, "rb"))
            request = {"arguments": list(arguments), "cwd": str(cwd), "environment": dict(environment)}
            self._send(json.dumps(request).encode(), [*(s.fileno() for s in streams), tell])
            os.close(tell)
            pid = int(answer.readline())
            killer = threading.Timer(timeout, os.kill, (pid, signal.SIGKILL))
            killer.start()
            status = answer.readline()
            killer.cancel()
            if not status:
                raise AssertionError(f"{arguments}: its process was lost")
            for stream in streams[1:]:
                stream.seek(0)
            return int(status), streams[1].read(), streams[2].read()

    def _send(self, payload: bytes, descriptors: Sequence[int]) -> None:
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
        with self._lock:
            self._socket.sendmsg([HEADER.pack(len(payload))], [rights])
            self._socket.sendall(payload)


def serve(descriptor: int) -> None:
    """Fork a command for each request, until the other side is gone."""
    _import_everything()
    _build_models()
    gc.freeze()
    requests = socket.socket(fileno=descriptor)
    while received := _receive(requests):
        payload, descriptors = received
        if os.fork() == 0:
            requests.close()
            _wait_for(payload, descriptors)
        for number in descriptors:
            os.close(number)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _receive(requests: socket.socket) -> tuple[bytes, list[int]] | None:
    space = socket.CMSG_SPACE(4 * array.array("i").itemsize)
    header, ancillary, *_ = requests.recvmsg(HEADER.size, space)
    if not header:
        return None
    descriptors = array.array("i")
    for _, _, data in ancillary:
        descriptors.frombytes(data)
    size, payload = HEADER.unpack(header)[0], b""
    while len(payload) < size:
        payload += requests.recv(size - len(payload))
    return payload, list(descriptors)


def _wait_for(payload: bytes, descriptors: list[int]) -> None:
    """Fork the command, and tell its process id and its exit code."""
    tell = descriptors[-1]
    pid = os.fork()
    if pid == 0:
        _become(json.loads(payload), descriptors)
    for number in descriptors[:-1]:
        os.close(number)
    os.write(tell, f"{pid}\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(tell, f"{code}\n".encode())
    os._exit(0)


def _become(request: dict[str, Any], descriptors: list[int]) -> None:
    """Be the process `harness ARGUMENTS`."""
    for number, descriptor in enumerate(descriptors[:-1]):
        os.dup2(descriptor, number)
    for descriptor in descriptors:
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    os.environ["PWD"] = request["cwd"]
    tempfile.tempdir = None
    time.tzset()
    _look_for_configuration_anew()
    sys.argv = ["harness", *request["arguments"]]
    sys.stdin = _stream(0, "r", sys.stdin)
    sys.stdout = _stream(1, "w", sys.stdout)
    sys.stderr = _stream(2, "w", sys.stderr)
    os._exit(_run())


def _stream(descriptor: int, mode: str, like: Any) -> Any:
    made = io.open(descriptor, mode, encoding=like.encoding, errors=like.errors, closefd=False)  # noqa: UP020, SIM115
    made.reconfigure(line_buffering=descriptor == 2)
    return made


def _look_for_configuration_anew() -> None:
    """libgit2 looks for the user's configuration once, when it is loaded."""
    import pygit2
    from pygit2.enums import ConfigLevel

    home = os.environ.get("HOME", "")
    xdg = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    pygit2.settings.search_path[ConfigLevel.GLOBAL] = home
    pygit2.settings.search_path[ConfigLevel.XDG] = f"{xdg}/git"


def _run() -> int:
    from harness.cli.main import main

    try:
        code: object = main()
    except SystemExit as leaving:
        code = leaving.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except BrokenPipeError:
        code = 120
    sys.stderr.flush()
    return code if isinstance(code, int) else 0 if code is None else 1


def _import_everything() -> None:
    import harness

    for found in pkgutil.walk_packages(harness.__path__, "harness."):
        if found.name.endswith("__main__") or found.name.startswith(_NOT_BEFOREHAND):
            continue
        # A module that can't be imported fails in the command that needs it.
        with contextlib.suppress(Exception):
            importlib.import_module(found.name)


def _build_models() -> None:
    """Build what pydantic would build in every command anew, at a model's first use."""
    from pydantic import BaseModel

    models = BaseModel.__subclasses__()
    for model in models:
        # A model that can't be built fails in the command that needs it.
        with contextlib.suppress(Exception):
            model.model_rebuild()
        models += model.__subclasses__()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
