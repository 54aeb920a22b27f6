"""Virtual environments made without a network."""

import contextlib
import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

# What is installed: distribution -> the modules it brings.
PYTEST_ITSELF = {
    "pytest": ("pytest", "_pytest", "py"),
    "pluggy": ("pluggy",),
    "iniconfig": ("iniconfig",),
    "packaging": ("packaging",),
    "pygments": ("pygments",),
}
REPORTS = {
    "pytest-json-report": ("pytest_jsonreport",),
    "pytest-metadata": ("pytest_metadata",),
    "pytest-reportlog": ("pytest_reportlog",),
}
PLUGINS = REPORTS | {"pytest-xdist": ("xdist",), "execnet": ("execnet",)}


def make_environment(folder: Path, installed: dict[str, tuple[str, ...]] = PYTEST_ITSELF) -> Path:
    """Make a virtual environment with these distributions only; gives its site folder."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    site = next((folder / "lib").glob("python3*/site-packages"))
    for distribution, modules in installed.items():
        info = Path(importlib.metadata.distribution(distribution)._path)
        (site / info.name).symlink_to(info)
        for name in modules:
            spec = importlib.util.find_spec(name)
            place = Path(spec.origin)
            place = place.parent if spec.submodule_search_locations else place
            (site / place.name).symlink_to(place)
    return site


@functools.cache
def plain_python() -> Path:
    """A Python with pytest and the report plugins: what a project's tests need, and no more.

    It is kept in this run's own environment: loading plugins that only these tests need took most of the
    time of a small phase.
    """
    return _python_with(PYTEST_ITSELF | REPORTS)


@functools.cache
def python_with_xdist() -> Path:
    """One whose tests can run side by side, too."""
    return _python_with(PYTEST_ITSELF | PLUGINS)


def _python_with(installed: dict[str, tuple[str, ...]]) -> Path:
    versions = [sys.version, *(f"{name}=={importlib.metadata.version(name)}" for name in installed)]
    digest = hashlib.sha256("\n".join(versions).encode()).hexdigest()[:12]
    folder = Path(sys.prefix) / f"plain-{digest}"
    _make_once(folder, lambda made: make_environment(made, installed))
    return folder / "bin" / "python"


@functools.cache
def plain_bytecode() -> Path:
    """What the harness would keep as `bytecode` in its state folder after the first tests of both."""
    folder = plain_python().parent.parent.with_suffix(".bytecode")
    _make_once(folder, _compile)
    return folder


def _compile(bytecode: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "test_a.py").write_text("def test_a(tmp_path):\n    assert tmp_path\n")
        reports = ["--json-report", "--json-report-file=report.json", "--report-log=log.json"]
        writing = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PYTHON"))}
        for python, more in ((plain_python(), []), (python_with_xdist(), ["-n", "1"])):
            command = [python, "-X", f"pycache_prefix={bytecode}", "-m", "pytest", "-q", *reports, *more]
            subprocess.run(command, cwd=name, env=writing, check=True, capture_output=True)
        shutil.rmtree(bytecode / Path(name).resolve().relative_to("/"), ignore_errors=True)


def _make_once(folder: Path, make: Callable[[Path], object]) -> None:
    """Make a folder that workers side by side share: it is there as a whole or not at all."""
    if folder.is_dir():
        return
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as name:
        make(Path(name) / "made")
        with contextlib.suppress(OSError):  # another worker was first
            (Path(name) / "made").rename(folder)
