"""The folder that lets any project's pytest write both reports, whatever is installed there."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
from functools import cache
from pathlib import Path

from harness.errors import FaultError

BRIDGE = "harness_pytest_bridge"
_OWN = (BRIDGE, "harness_pytest_canary")
_REPORT_PACKAGES = ("pytest_jsonreport", "pytest_reportlog")


def build_plugin_folder(folder: Path) -> None:
    """Create `folder` with the bridge and the report plugins, and nothing else importable."""
    folder.mkdir(parents=True)
    for source in _sources():
        if source.is_dir():
            without = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, folder / source.name, ignore=without)
        else:
            shutil.copyfile(source, folder / source.name)


@cache
def plugins_digest() -> str:
    """SHA-256 (hex) over the code of bridge and report plugins: part of a baseline's key."""
    digest = hashlib.sha256()
    for source in _sources():
        for file in sorted(source.rglob("*.py")) if source.is_dir() else [source]:
            digest.update(file.relative_to(source.parent).as_posix().encode() + b"\0")
            digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> list[Path]:
    own = (Path(__file__).parent / "bridge" / f"{name}.py" for name in _OWN)
    return [*own, *(_package_folder(name) for name in _REPORT_PACKAGES)]


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise FaultError(
            "report-plugin-missing",
            f"the package {name}, which the harness needs to read test results, isn't installed",
            "install the harness again; its dependencies are incomplete",
        )
    return Path(spec.submodule_search_locations[0])
