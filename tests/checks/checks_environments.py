"""Virtual environments made without a network."""

import importlib.metadata
import importlib.util
import venv
from pathlib import Path

PYTEST_ITSELF = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")
DISTRIBUTIONS = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")


def make_bare_environment(folder: Path) -> Path:
    """Make a virtual environment with pytest's own packages only; gives its site folder."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    site = next((folder / "lib").glob("python3*/site-packages"))
    for name in PYTEST_ITSELF:
        spec = importlib.util.find_spec(name)
        place = Path(spec.origin)
        place = place.parent if spec.submodule_search_locations else place
        (site / place.name).symlink_to(place)
    for name in DISTRIBUTIONS:
        place = Path(importlib.metadata.distribution(name)._path)
        (site / place.name).symlink_to(place)
    return site
