"""Which estimator profile a telemetry command uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.telemetry.profile import Profile


def chosen_profile(name: str | None) -> Profile:
    """The profile of `--profile`, a packaged name or a file; else that of harness.toml."""
    from harness.telemetry import files
    from harness.telemetry.profile import load_profile, load_profile_file

    if name is not None and name.endswith(".toml"):
        return load_profile_file(Path(name))
    if name is not None:
        return load_profile(name)
    folder = files.project_folder()
    return load_profile(files.load_settings(folder).profile, folder)
