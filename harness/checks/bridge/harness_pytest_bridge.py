"""Inside the project's pytest: registers the report plugins, tells what was imported from where."""

# Runs on Python 3.8 and later without the harness: the project's interpreter need not have it.

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SETTINGS_VARIABLE = "HARNESS_PYTEST_BRIDGE"
REPORT_PLUGINS = {
    "pytest_jsonreport": "pytest_jsonreport.plugin",
    "pytest_reportlog": "pytest_reportlog.plugin",
}


def _read_settings() -> dict[str, Any]:
    # Read at import, before any code under test runs.
    text = Path(os.environ[SETTINGS_VARIABLE]).read_text(encoding="utf-8")
    settings: dict[str, Any] = json.loads(text)
    return settings


_SETTINGS = _read_settings()
_finished_workers: list[str] = []


def pytest_addoption(parser: Any, pluginmanager: Any) -> None:
    """Register both report plugins under their entry-point names, unless they are there already."""
    for name, module in REPORT_PLUGINS.items():
        if not pluginmanager.has_plugin(name):
            pluginmanager.register(importlib.import_module(module), name)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    """Undo what a project's `addopts` may ask of the JSON report: every test must be in it."""
    config.option.json_report_summary = False
    config.option.json_report_indent = None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """Remember each xdist worker that ended well: it must have left its own testimony."""
    if error is None:
        _finished_workers.append(node.gateway.id)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: Any, exitstatus: Any) -> None:
    """Leave this process's testimony: its nonce, its exit status, and modules from elsewhere."""
    worker = getattr(session.config, "workerinput", {}).get("workerid")
    testimony = {
        "nonce": _SETTINGS["nonce"],
        "pid": os.getpid(),
        "worker": worker,
        "workers": sorted(_finished_workers),
        "exitstatus": int(exitstatus),
        "foreign": sorted(set(_foreign_modules())),
    }
    path = Path(_SETTINGS["folder"], f"testimony-{worker or 'main'}-{os.getpid()}.json")
    part = path.with_suffix(".part")
    part.write_text(json.dumps(testimony), encoding="utf-8")
    part.replace(path)


def _foreign_modules() -> Iterator[tuple[str, str]]:
    """(module, file) for each module that comes, or would come, from the user's checkout."""
    places = _Places(_SETTINGS["checkout"], _SETTINGS["allowed"])
    for name, module in list(sys.modules.items()):
        # Through the dictionary: a lazy module's __getattr__ must not run.
        known = getattr(module, "__dict__", {})
        for file in (known.get("__file__"), _location(known.get("__spec__"))):
            if isinstance(file, str) and places.is_foreign(file):
                yield name, file
    for name in _names_to_import(_SETTINGS["roots"]):
        would_be = _would_come_from(name)
        if would_be and places.is_foreign(would_be):
            yield name, would_be


class _Places:
    """Which files belong to the user's checkout and not to what may be used from inside it."""

    def __init__(self, checkout: list[str], allowed: list[str]) -> None:
        self._checkout = tuple(folder.rstrip(os.sep) + os.sep for folder in checkout)
        self._allowed = tuple(folder.rstrip(os.sep) + os.sep for folder in allowed)

    def is_foreign(self, file: str) -> bool:
        """Whether the file, as named or as it really is, lies in the checkout and isn't allowed."""
        named = os.path.normpath(Path(file).absolute())
        return any(
            form.startswith(self._checkout) and not form.startswith(self._allowed)
            for form in (named, os.path.realpath(named))
        )


def _names_to_import(roots: list[str]) -> Iterator[str]:
    """Top-level names the worktree offers: what a process started by a test would ask for."""
    for root in roots:
        try:
            entries = sorted(Path(root).iterdir())
        except OSError:
            continue
        for entry in entries:
            if entry.suffix == ".py" and entry.stem.isidentifier():
                yield entry.stem
            elif (entry / "__init__.py").is_file():
                yield entry.name


def _would_come_from(name: str) -> str | None:
    if name in sys.modules:
        return None
    try:
        spec = importlib.util.find_spec(name)
    except Exception:  # a broken finder of the project's own: the import itself would fail too
        return None
    return _location(spec)


def _location(spec: Any) -> str | None:
    return spec.origin if getattr(spec, "has_location", False) else None
