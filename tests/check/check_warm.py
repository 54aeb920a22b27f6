"""The real command in a process that has imported it already and forks for each run: many runs, quickly."""

import atexit
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Reads one request a line, runs it in a child of its own, answers with what that took.
_SERVER = """
import json, os, resource, sys
import harness.candidate, harness.check, harness.cli.check, harness.phase.context
from harness.cli.main import main

def child(request):
    resource.setrlimit(resource.RLIMIT_CPU, (request["seconds"], request["seconds"]))
    for number, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        os.dup2(os.open(request["streams"][number], mode), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    code = main(request["arguments"])
    sys.stdout.flush()
    os._exit(code)

answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        try:
            child(json.loads(line))
        finally:
            os._exit(99)
    _, status, used = os.wait4(pid, 0)
    took = [os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss]
    print(json.dumps(took), file=answers, flush=True)
"""


@dataclass(frozen=True)
class Run:
    """How a run ended (a negative code: by that signal), what it printed, and what it took with its gits."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    mebibytes: float


class WarmCommand:
    """`harness`, imported once. Each run has its own process, environment, folder and streams."""

    def __init__(self) -> None:
        self._server: subprocess.Popen | None = None

    def run(
        self,
        arguments: Sequence[str],
        stdin: bytes,
        folder: Path,
        environment: Mapping[str, str],
        seconds: int,
    ) -> Run:
        """One run, which is killed after so many seconds of processor time."""
        with tempfile.TemporaryDirectory() as scratch:
            streams = [Path(scratch, name) for name in ("stdin", "stdout", "stderr")]
            for stream in streams:
                stream.write_bytes(b"")
            streams[0].write_bytes(stdin)
            request = {
                "arguments": list(arguments),
                "streams": [str(stream) for stream in streams],
                "folder": str(folder),
                "environment": dict(environment),
                "seconds": seconds,
            }
            code, took, peak = json.loads(self._answer(json.dumps(request)))
            stdout, stderr = (stream.read_bytes().decode() for stream in streams[1:])
        return Run(code, stdout, stderr, took, peak / (1 << 10 if sys.platform == "linux" else 1 << 20))

    def _answer(self, request: str) -> str:
        if self._server is None:
            self._server = subprocess.Popen(
                [sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            atexit.register(self._server.terminate)
        self._server.stdin.write(request + "\n")
        self._server.stdin.flush()
        return self._server.stdout.readline()
