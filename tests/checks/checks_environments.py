"""Virtual environments made without a network."""

import importlib.metadata
import importlib.util
import venv
from pathlib import Path

# What is installed: distribution -> the modules it brings.
PYTEST_ITSELF = {
    "pytest": ("pytest", "_pytest", "py"),
    "pluggy": ("pluggy",),
    "iniconfig": ("iniconfig",),
    "packaging": ("packaging",),
    "pygments": ("pygments",),
}
PLUGINS = {
    "pytest-json-report": ("pytest_jsonreport",),
    "pytest-metadata": ("pytest_metadata",),
    "pytest-reportlog": ("pytest_reportlog",),
    "pytest-xdist": ("xdist",),
    "execnet": ("execnet",),
}


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
