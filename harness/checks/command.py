"""The one command line and environment with which pytest runs in a worktree."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.checks.model import Interpreter
from harness.checks.plugins import BRIDGE
from harness.checks.probe import python_environment

SETTINGS_VARIABLE = "HARNESS_PYTEST_BRIDGE"  # the same name is in the bridge itself
_LIST_VARIABLE = "PYTHONPATH"


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Every file of one run of pytest, in a folder no other run has used."""

    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "settings.json"

    @property
    def report(self) -> Path:
        return self.folder / "report.json"

    @property
    def events(self) -> Path:
        return self.folder / "events.jsonl"

    @property
    def plugins(self) -> Path:
        return self.folder / "plugins"

    @property
    def empty_config(self) -> Path:
        return self.folder / "config" / "pytest.ini"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def pycache(self) -> Path:
        return self.folder / "pycache"

    @property
    def stdout(self) -> Path:
        return self.folder / "stdout.log"

    @property
    def stderr(self) -> Path:
        return self.folder / "stderr.log"


def pytest_command(
    python: Path,
    places: tuple[Path, Path],
    config: Path | None,
    files: RunFiles,
    args: Sequence[str],
    paths: Sequence[str],
) -> list[str]:
    """The argument list; the project's `args` come first, so that they can't undo the harness's.

    `places` are the worktree and what pytest takes for its root in there.
    Without a configuration of the tree's own an empty one is named: pytest would look above it.
    """
    worktree, root = places
    # An option of a plugin that is switched off would be a warning, and with `-W error` the end.
    cache = [] if any("no:cacheprovider" in arg for arg in args) else ["-o", f"cache_dir={files.cache}"]
    return [
        *(str(python), "-m", "pytest", *args),
        *("-c", str(config or files.empty_config)),
        f"--rootdir={root}",
        f"--confcutdir={config.parent if config else worktree}",
        *("-p", BRIDGE, "--json-report", f"--json-report-file={files.report}"),
        # Log records may hold what can't be serialised, and then whole tests get lost under xdist.
        *("--json-report-omit", "log", "keywords"),
        f"--report-log={files.events}",
        *(*cache, "--maxfail=0", "--color=no"),
        *paths,
    ]


def pytest_environment(
    base: Mapping[str, str],
    interpreter: Interpreter,
    roots: Sequence[str],
    files: RunFiles,
) -> dict[str, str]:
    """The whole environment of pytest: `base` cleaned, and what must hold; `roots` are for imports."""
    environment = _activated(python_environment(base), interpreter.path)
    environment[_LIST_VARIABLE] = os.pathsep.join((*roots, str(files.plugins)))
    environment["PYTHONPYCACHEPREFIX"] = str(files.pycache)
    environment[SETTINGS_VARIABLE] = str(files.settings)
    return environment


def _activated(environment: dict[str, str], python: Path) -> dict[str, str]:
    """As in a shell where the interpreter's environment is active: tests start programs by name."""
    folder = python.parent
    environment.pop("VIRTUAL_ENV", None)
    if (folder.parent / "pyvenv.cfg").is_file():
        environment["VIRTUAL_ENV"] = str(folder.parent)
    others = environment.get("PATH", os.defpath)
    environment["PATH"] = os.pathsep.join((str(folder), others))
    return environment
