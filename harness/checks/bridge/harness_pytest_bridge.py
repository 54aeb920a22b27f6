"""Inside the project's pytest: registers the report plugins, runs canaries, leaves a testimony."""

# Runs on Python 3.8 and later without the harness: the project's interpreter need not have it.

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

SETTINGS_VARIABLE = "HARNESS_PYTEST_BRIDGE"
_KEPT = ("total", "collected")  # counts that are there even when they are 0
REPORT_PLUGINS = {
    "pytest_jsonreport": "pytest_jsonreport.plugin",
    "pytest_reportlog": "pytest_reportlog.plugin",
}


def _read_settings() -> dict[str, Any]:
    # Read at import, before any code under test runs.
    text = Path(os.environ[SETTINGS_VARIABLE]).read_text(encoding="utf-8")
    settings: dict[str, Any] = json.loads(text)
    return settings


class _Seen:
    """What this process has to tell at its end."""

    def __init__(self) -> None:
        self.session: Any = None
        self.finished: list[str] = []  # xdist workers that ended well
        self.lost: list[str] = []  # and those that didn't
        self.canaries: list[str] = []  # node ids of those run in this process
        self.problem = ""  # why one couldn't be run


_SETTINGS = _read_settings()
# By name: it lies beside this file only where the two are put for a run.
_run_canaries = importlib.import_module("harness_pytest_canary").run_canaries
_seen = _Seen()


def pytest_addoption(parser: Any, pluginmanager: Any) -> None:
    """Register both report plugins under their entry-point names, unless they are there already."""
    for name, module in REPORT_PLUGINS.items():
        if not pluginmanager.has_plugin(name):
            pluginmanager.register(importlib.import_module(module), name)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    """Undo what a project's `addopts` may ask: every test must be in the report, however few are run."""
    config.option.json_report_summary = False
    config.option.json_report_indent = None
    coverage = getattr(config.pluginmanager.get_plugin("_cov"), "options", None)
    if coverage is not None and _SETTINGS["partial"]:
        coverage.cov_fail_under = 0  # some of the tests don't cover what all do


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: Any) -> None:
    """Remember the session, whose count of failures is put right for the canaries."""
    _seen.session = session


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtestloop(session: Any) -> Generator[None, Any, None]:
    """Run the canaries after the tests, in each process that ran some."""
    outcome = yield
    option = session.config.option
    if outcome.excinfo or option.collectonly or session.shouldstop or session.shouldfail:
        return
    try:
        _seen.canaries.extend(_run_canaries(session, *_SETTINGS["canary"]))
    except Exception as error:  # a pytest, or a plugin, that can't have it: the run is void then
        _seen.problem = f"{type(error).__name__}: {error}"


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: Any) -> None:
    """A canary's failure doesn't count: the exit code is what it would be without."""
    if _is_canary(report.nodeid) and report.failed and not hasattr(report, "wasxfail"):
        _seen.session.testsfailed -= 1


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: Any) -> tuple[str, str, str] | None:
    """The terminal doesn't show a canary that failed."""
    return ("failed", "", "") if _is_canary(report.nodeid) and report.failed else None


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_json_modifyreport(json_report: dict[str, Any]) -> None:
    """Put the canaries apart, before the project's own hooks see the report."""
    tests = json_report.get("tests", [])
    apart = [test for test in tests if _is_canary(test["nodeid"])]
    summary = json_report["summary"]
    for test in apart:
        for count in (test["outcome"], "total"):
            summary[count] -= 1
    json_report["tests"] = [test for test in tests if test not in apart]
    json_report["summary"] = {name: n for name, n in summary.items() if n or name in _KEPT}
    json_report["canaries"] = apart


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """Remember how each xdist worker ended: one that ended well must have left its own testimony."""
    (_seen.finished if error is None else _seen.lost).append(node.gateway.id)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: Any, exitstatus: Any) -> None:
    """Leave this process's testimony: its nonce, its exit status, and modules from elsewhere."""
    _leave_out_canaries(session.config.pluginmanager.get_plugin("terminalreporter"))
    worker = getattr(session.config, "workerinput", {}).get("workerid")
    testimony = {
        "nonce": _SETTINGS["nonce"],
        "pid": os.getpid(),
        "worker": worker,
        "workers": sorted(_seen.finished),
        "lost": sorted(_seen.lost),
        "exitstatus": int(exitstatus),
        "foreign": sorted(set(_foreign_modules())),
        "canaries": _seen.canaries,
        "problem": _seen.problem,
    }
    path = Path(_SETTINGS["folder"], f"testimony-{worker or 'main'}-{os.getpid()}.json")
    part = path.with_suffix(".part")
    part.write_text(json.dumps(testimony), encoding="utf-8")
    part.replace(path)


def _is_canary(node: str) -> bool:
    module, function = _SETTINGS["canary"]
    return f"{module}.py::{function}" in node


def _leave_out_canaries(reporter: Any) -> None:
    """The summary on the terminal is of the project's tests."""
    for category, reports in list(getattr(reporter, "stats", {}).items()):
        # A category may hold anything: warnings, or collectors that were deselected.
        kept = [report for report in reports if not _is_canary(str(getattr(report, "nodeid", "")))]
        if kept:
            reporter.stats[category] = kept
        elif reports:
            del reporter.stats[category]


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
        self._folders: dict[str, str] = {}

    def is_foreign(self, file: str) -> bool:
        """Whether the file, as named or as it really is, lies in the checkout and isn't allowed."""
        named = os.path.normpath(Path(file).absolute())
        return any(
            form.startswith(self._checkout) and not form.startswith(self._allowed)
            for form in (named, self._real(named))
        )

    def _real(self, named: str) -> str:
        """`os.path.realpath`, which looks at every folder above a file: hundreds of files are in a few."""
        file = Path(named)
        if file.is_symlink():
            return os.path.realpath(named)
        folder = str(file.parent)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return f"{self._folders[folder].rstrip(os.sep)}{os.sep}{file.name}"


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
