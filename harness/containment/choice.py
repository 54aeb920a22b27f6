"""Whether bubblewrap works here: tried once for each role, with the program that will be contained."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from harness.containment.confinement import Confinement
from harness.errors import UsageError
from harness.process.environment import clean_environment
from harness.process.log import head_and_tail
from harness.process.model import ProcessSpec
from harness.process.supervise import run_supervised
from harness.scratch import scratch_folder

Mode = Literal["auto", "required", "off"]

PROBE_TIMEOUT = 30.0  # seconds; a healthy one takes 0.02
OFF = 'switched off by `[containment] mode = "off"`'
_FORBIDDEN = ("No permissions to creat", "setting up uid map", "Creating new namespace failed", "namespace")
_NETWORK = ("RTM_NEWADDR", "loopback")


def choose(
    wanted: Confinement, mode: Mode, trial: Sequence[str], environment: Mapping[str, str]
) -> Confinement:
    """`wanted` with the bubblewrap that works here, or with the reason why none does.

    `trial` is a short command of the program to be contained, or one like it. UsageError
    `containment-required` where `mode` is "required" and bubblewrap doesn't work.
    """
    if mode == "off":
        return replace(wanted, bwrap=None, why=OFF, wanted=False)
    found, why = find_bubblewrap(environment)
    if found:
        why = try_out(replace(wanted, bwrap=found), trial, environment)
        if not why:
            return replace(wanted, bwrap=found, why="")
    if mode == "required":
        raise UsageError(
            "containment-required",
            f'`[containment] mode` is "required" and bubblewrap doesn\'t work here: {why}',
            '`harness doctor` says more; install bubblewrap, or set the mode to "auto"',
        )
    return replace(wanted, bwrap=None, why=why)


def find_bubblewrap(environment: Mapping[str, str]) -> tuple[str | None, str]:
    """(path of bwrap, "") or (None, why there is none)."""
    if not sys.platform.startswith("linux"):
        return None, "bubblewrap needs Linux"
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        path = Path(folder) / "bwrap"
        # Not Path.is_file, which raises for a folder that may not be searched.
        if path.is_absolute() and os.path.isfile(path) and os.access(path, os.X_OK):  # noqa: PTH113
            return str(path), ""
    return None, "bubblewrap isn't installed (there is no bwrap on the PATH)"


def try_out(wanted: Confinement, trial: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run `trial` contained; "" where that works, else why it doesn't, in one line."""
    with scratch_folder() as folder:
        (folder / "own").mkdir()
        spec = ProcessSpec(
            argv=trial,
            cwd=folder / "own",
            env=clean_environment(environment),
            stdout=folder / "out",
            stderr=folder / "err",
            timeout=PROBE_TIMEOUT,
            containment=wanted.around([folder / "own"], folder / "private"),
        )
        result = run_supervised(spec)
        if result.ending == "exited" and result.exit_code == 0:
            return ""
        said = (head_and_tail(folder / "err", 4096).strip().splitlines() or [""])[-1]
        return _reason(result.reason or said or f"exit code {result.exit_code}")


def _reason(said: str) -> str:
    words = said.split("can't be started: ")[-1][:300]
    if any(sign in words for sign in _NETWORK):
        return f"it can't cut off the network here ({words})"
    if any(sign in words for sign in _FORBIDDEN):
        return f"this system forbids the namespaces it needs ({words})"
    return words


def empty_trial() -> list[str]:
    """A command that does nothing, for programs that can't be tried without effect."""
    return ["/bin/sh", "-c", ":"]
