"""What a supervised process is given, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.containment.model import Containment

# "lost": its supervisor was killed or stopped, most likely by the program itself, so nothing is
# known of its end.
Ending = Literal["exited", "timeout", "output_limit", "not_started", "lost"]


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One program to run in its own session, with nothing inherited but what is named here.

    `env` is the whole environment, but for `HARNESS_SUPERVISED`, a mark put into it by which strays
    are found. `stdin` is a file whose content the program reads (None: empty). `stdout` and
    `stderr` are files that are created. `timeout` and `grace` are seconds; `output_limit` is bytes,
    for stdout and stderr together. With a `containment` it runs in that.
    """

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    stdout: Path
    stderr: Path
    timeout: float
    stdin: Path | None = None
    grace: float = 2.0
    output_limit: int = 64 * 1024 * 1024
    containment: Containment | None = None


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """How a supervised process ended.

    `exit_code` is None unless `ending` is "exited"; a death by signal N is -N, of a contained program
    128 + N, which it can also end with by itself. `reason` is one line for people. `survivors` counts
    processes it had started that were still alive and were killed; of a contained program it is 0, as
    the kernel ends them with it. `duration` is seconds, from its start until it itself was gone.
    """

    ending: Ending
    exit_code: int | None
    duration: float
    survivors: int = 0
    reason: str = ""
