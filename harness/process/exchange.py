"""The lines that harness and supervisor exchange."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.containment.bubblewrap import contain
from harness.process.model import ProcessResult, ProcessSpec
from harness.process.orphans import MARK


def request(spec: ProcessSpec, mark: str) -> dict[str, Any]:
    """What to run, for the supervisor; `mark` is added to the marks of supervisors further out."""
    outer = spec.env.get(MARK)
    env = {**spec.env, MARK: f"{outer}:{mark}" if outer else mark}
    return {
        "argv": [_portable(argument) for argument in _command(spec)],
        "contained": spec.containment is not None,
        "cwd": _path(spec.cwd),
        "env": {_portable(name): _portable(value) for name, value in env.items()},
        "stdin": None if spec.stdin is None else _path(spec.stdin),
        "stdout": _path(spec.stdout),
        "stderr": _path(spec.stderr),
        "timeout": spec.timeout,
        "grace": spec.grace,
        "output_limit": spec.output_limit,
    }


def _command(spec: ProcessSpec) -> Sequence[str]:
    if spec.containment is None:
        return spec.argv
    return contain(spec.argv, spec.containment, spec.cwd.absolute(), root=os.geteuid() == 0)


def _path(path: Path) -> str:
    # The supervisor runs in another folder than the harness.
    return _portable(str(path.absolute()))


def _portable(text: str) -> str:
    return os.fsencode(text).decode("utf-8", "surrogateescape")


def result(document: dict[str, Any], spec: ProcessSpec) -> ProcessResult:
    """The supervisor's last line, put in words."""
    ending, survivors = document["ending"], document["survivors"]
    parts = {
        "exited": "",
        "timeout": f"still running after {spec.timeout:g} s",
        "output_limit": f"more than {spec.output_limit} bytes of output",
        "stopped": "nothing is known of how it ended: its supervisor was told to stop by a signal",
    }
    reasons = [parts.get(ending, f"ended: {ending}")]
    if survivors:
        several = "processes it had started were" if survivors > 1 else "process it had started was"
        reasons.append(f"{survivors} {several} killed")
    if document["left"]:
        reasons.append(f"{document['left']} could not be killed")
    return ProcessResult(
        ending="lost" if ending in ("stopped", "abandoned") else ending,
        exit_code=document["exit_code"],
        duration=document["duration"],
        survivors=survivors,
        reason="; ".join(reason for reason in reasons if reason),
    )
