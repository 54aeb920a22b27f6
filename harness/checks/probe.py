"""Asking a Python what it is: one short process, told nothing of the project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.process.environment import clean_environment
from harness.process.model import ProcessSpec
from harness.process.supervise import run_supervised
from harness.scratch import scratch_folder

PROBE_TIMEOUT = 60.0  # seconds; a cold network disk is slow, a healthy one takes 0.1

# Plain Python 3.8; an older one fails on the import and has no usable pytest for us either.
_SCRIPT = r"""
import hashlib, importlib.util, json, platform, site, sys, sysconfig
from importlib import metadata

def installed(name):
    try:
        return metadata.version(name) if importlib.util.find_spec(name) else ""
    except metadata.PackageNotFoundError:
        return ""

named = {(str(d.metadata["Name"]).lower(), str(d.version)) for d in metadata.distributions()}
digest = hashlib.sha256("".join("%s==%s\n" % pair for pair in sorted(named)).encode()).hexdigest()
folders = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
folders += [sysconfig.get_paths()[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")]
folders += getattr(site, "getsitepackages", list)()
folders += [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
print(json.dumps({
    "version": platform.python_version(), "executable": sys.executable or "",
    "sys_path": sys.path[1:], "distributions": digest, "pytest": installed("pytest"),
    "own": sorted(set(folders)),
}))
"""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a Python said about itself; `pytest` is empty where it has none."""

    version: str
    executable: str
    sys_path: tuple[str, ...]
    distributions: str
    pytest: str
    own: tuple[str, ...]


def probe(python: Path, environment: Mapping[str, str]) -> Probe | str:
    """What `python` is, or in one line why it can't say."""
    with scratch_folder() as folder:
        (folder / "cwd").mkdir()
        spec = ProcessSpec(
            argv=[str(python), "-c", _SCRIPT],
            cwd=folder / "cwd",
            env=python_environment(environment),
            stdout=folder / "out",
            stderr=folder / "err",
            timeout=PROBE_TIMEOUT,
        )
        result = run_supervised(spec)
        if result.ending != "exited" or result.exit_code != 0:
            return result.reason or _last_line(folder / "err") or f"exit code {result.exit_code}"
        return _read_answer((folder / "out").read_bytes())


def python_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without anything that steers Python or pytest from outside the project."""
    steering = ("PYTHON", "PYTEST_", "_PYTEST_", "COVERAGE_", "COV_CORE_", "__PYVENV_")
    kept = clean_environment(environment)
    return {name: value for name, value in kept.items() if not name.startswith(steering)}


def _read_answer(output: bytes) -> Probe | str:
    try:
        # A sitecustomize may print first; the answer is the last line.
        answer = json.loads(output.splitlines()[-1])
        return Probe(
            version=str(answer["version"]),
            executable=str(answer["executable"]),
            sys_path=tuple(map(str, answer["sys_path"])),
            distributions=str(answer["distributions"]),
            pytest=str(answer["pytest"]),
            own=tuple(map(str, answer["own"])),
        )
    except (ValueError, LookupError, TypeError):
        return "it doesn't answer like a Python"


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:300] if lines else ""
