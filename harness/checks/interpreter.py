"""Which Python runs the project's tests: the one it names, else the first that has pytest."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.checks.model import Interpreter
from harness.checks.probe import Probe, probe
from harness.errors import UsageError

_INSTALL = "install pytest in the project's environment, or set `[tests] python` in harness.toml"


def find_interpreter(checkout: Path, configured: str | None, environment: Mapping[str, str]) -> Interpreter:
    """The project's own Python.

    `configured` is `[tests] python`, relative to the checkout; it must exist, be executable and
    have pytest. Without it the first with pytest of these: the active virtual or conda environment
    (unless the harness itself lives there), `.venv` and `venv` of the checkout, `python3` and
    `python` on the PATH, and last the harness's own.
    Raises UsageError when none is usable. Symlinks stay as they are: resolving one leaves its venv.
    """
    checkout = checkout.absolute()
    if configured is not None:
        return _configured(checkout, configured, environment)
    tried: dict[Path, str] = {}
    for python, chosen in _candidates(checkout, environment):
        if python in tried or not _is_executable(python):
            continue
        answer = probe(python, environment)
        if isinstance(answer, Probe) and answer.pytest:
            return _interpreter(python, chosen, answer)
        tried[python] = answer if isinstance(answer, str) else "no pytest"
    seen = "; ".join(f"{python}: {reason}" for python, reason in tried.items())
    raise UsageError("no-pytest", f"no Python with pytest was found ({seen})", _INSTALL)


def _configured(checkout: Path, configured: str, environment: Mapping[str, str]) -> Interpreter:
    python = checkout / configured
    hint = "`[tests] python` names a Python with pytest, relative to the checkout"
    if not _is_executable(python):
        what = "isn't an executable file" if os.path.lexists(python) else "doesn't exist"
        raise UsageError("python-not-found", f"[tests] python: {python} {what}", hint)
    answer = probe(python, environment)
    if isinstance(answer, str):
        raise UsageError("python-unusable", f"[tests] python: {python} doesn't run: {answer}", hint)
    if not answer.pytest:
        raise UsageError("no-pytest", f"[tests] python: {python} has no pytest", _INSTALL)
    return _interpreter(python, "[tests] python", answer)


def _candidates(checkout: Path, environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """(path, in words) of every Python worth asking, best first."""
    for variable, kind in (("VIRTUAL_ENV", "virtual"), ("CONDA_PREFIX", "conda")):
        active = environment.get(variable)
        # One the harness itself lives in says little about the project: `.venv` comes before it.
        if active and Path(active).resolve() != Path(sys.prefix).resolve():
            yield Path(active) / "bin" / "python", f"the active {kind} environment ({variable})"
    for name in (".venv", "venv"):
        yield checkout / name / "bin" / "python", f"{name} in the checkout"
    for name in ("python3", "python"):
        found = shutil.which(name, path=environment.get("PATH", os.defpath))
        if found:
            yield Path(found).absolute(), f"{name} on the PATH"
    words = "the harness's own interpreter, because no other had pytest"
    yield Path(sys.executable).absolute(), words


def _is_executable(python: Path) -> bool:
    # Not Path.is_file, which raises where a folder on the way is closed.
    return os.path.isfile(python) and os.access(python, os.X_OK)  # noqa: PTH113


def _interpreter(python: Path, chosen: str, answer: Probe) -> Interpreter:
    # What it calls itself sees through version-switching shims, which depend on the folder.
    said = Path(answer.executable)
    return Interpreter(
        path=said if said.is_absolute() and _is_executable(said) else python,
        chosen=chosen,
        version=answer.version,
        distributions=answer.distributions,
        sys_path=answer.sys_path,
        pytest=answer.pytest,
        own=answer.own,
    )
