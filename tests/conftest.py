"""A repository in a temporary folder, for every test."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from project import FILES, Project, environment_in

# Compiling the harness anew for every command is not what is tried here.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# A shell starts what it runs in the background deaf to Ctrl-C, and so would be the commands tried here.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

# On a busy machine an example may take any time; what must be quick is measured by its test.
settings.register_profile(
    "unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")

# Tables whose rows each make files and start the real command, some of them several times.
_SAMPLED = frozenset(
    {"check", "checks", "cli", "containment", "diagnosis", "drain", "evidence", "fixes"}
    | {"git", "guard", "init", "notes", "phase", "policy_cases", "strength", "sync", "telemetry", "verify"}
)
_FOLDERS = frozenset({"tmp_path", "tmp_path_factory"})
_STEPS = ((24, 10), (12, 7), (6, 5), (3, 4))  # of more than so many rows, one in so many


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a long table one row in a few is tried by default, all of them by `make slow`."""
    tables: dict[str, list[pytest.Item]] = {}
    for item in items:
        is_long = Path(item.path).parent.name in _SAMPLED and _FOLDERS & set(
            getattr(item, "fixturenames", ())
        )
        if "[" in item.name and is_long:
            tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for rows in tables.values():
        step = next((step for most, step in _STEPS if len(rows) > most), 1)
        for number, row in enumerate(rows):
            if number % step:
                row.add_marker(pytest.mark.slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests wait for the processes they start."""
    return (
        len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)) + 1
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Neighbours go to one worker, which makes once what they share; one that has none left takes of another's."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A clean one, whose home and state are in the test's folder."""
    return environment_in(tmp_path)


@pytest.fixture
def empty_project(tmp_path: Path, environment: dict[str, str]) -> Project:
    """A repository without a commit."""
    root = tmp_path / "project"
    root.mkdir()
    project = Project(root, environment)
    project.git("init", "-q", "-b", "main")
    return project


@pytest.fixture
def project(empty_project: Project) -> Project:
    """A small Python project with a harness.toml, committed."""
    empty_project.commit(FILES, "begin")
    return empty_project
