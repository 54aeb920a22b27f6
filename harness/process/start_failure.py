"""Why a program could not be started, said for the one who wrote its command line."""

from __future__ import annotations

import errno
import shutil

from harness.process.model import ProcessSpec


def start_failure(spec: ProcessSpec, number: int | None, message: str) -> str:
    """One line: what could not be started, and why. `number` is the errno, None for none."""
    name = spec.argv[0]
    if not spec.cwd.is_dir():
        return f"{name} can't be started: the folder {spec.cwd} does not exist"
    if number == errno.ENOENT:
        return f"{name} can't be started: {_missing(spec)}"
    if number in (errno.EACCES, errno.EISDIR, errno.EPERM):
        return f"{name} can't be started: it is not an executable file, or its folder is closed to you"
    if number == errno.ENOEXEC:
        return f"{name} can't be started: it is neither a binary nor a script with a #! line"
    if number == errno.E2BIG:
        return f"{name} can't be started: its arguments and environment are too long"
    return f"{name} can't be started: {message}"


def _missing(spec: ProcessSpec) -> str:
    name = spec.argv[0]
    if "/" not in name:
        found = shutil.which(name, path=spec.env.get("PATH"))
        return "the interpreter its #! line names is missing" if found else "it is not on PATH"
    if (spec.cwd / name).exists():
        return "the interpreter its #! line names is missing"
    return "there is no such file"
